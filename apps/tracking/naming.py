"""Names for runs that were given none: two words and a number, the same ones for the same run."""

from hashlib import sha256

_HOW = """
able airy amber blithe bold brisk calm candid civil clear clever coral crisp deft direct dry eager early even
fair firm fleet frank fresh gentle glad grand hardy honest humble jolly keen kind late level lively loyal
lucid mellow merry mild modest neat nimble noble patient plain prompt proud quick quiet rapid ready rosy sage
serene sharp silent sober solid spry stable steady still sturdy subtle sunny swift tidy true upright vivid
warm wise witty young
"""
_WHO = """
adder albatross badger bee beetle bison boar bream bustard buzzard carp chamois cod crane cricket crow curlew
deer dipper dove dunlin eagle eel egret elk falcon finch fox gannet gecko goose grouse gull hare hawk heron
hoopoe ibex ibis jackdaw jay kestrel kite lark linnet lynx magpie marten merlin mole moth newt nuthatch oriole
osprey otter owl perch pike pipit plover puffin quail rail raven redstart robin rook ruff seal shrew siskin
snipe sparrow stork swan swift teal tench tern thrush toad trout viper vole wagtail warbler weasel whimbrel
wigeon wren zander
"""
HOW, WHO = _HOW.split(), _WHO.split()


def given_name(reference: str) -> str:
    """A name such as "calm-heron-312"."""
    drawn = int.from_bytes(sha256(reference.encode()).digest()[:6], "big")
    drawn, number = divmod(drawn, 1000)
    drawn, who = divmod(drawn, len(WHO))
    return f"{HOW[drawn % len(HOW)]}-{WHO[who]}-{number}"
