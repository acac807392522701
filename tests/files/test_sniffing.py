"""What a file is, is read off its bytes."""

import io
import pickle
import zipfile

import pytest

from apps.files.sniffing import CSV, GZIP, JSON, OCTETS, ONNX, PARQUET, PDF, PICKLE, TEXT, ZIP, sniff


def archive():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("schema.json", "{}")
    return held.getvalue()


def network():
    import onnx

    return onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], [])).SerializeToString()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"PAR1....", PARQUET),
        (b"%PDF-1.7", PDF),
        (b"\x1f\x8b\x08", GZIP),
        (b"a,b\n1,2\n", CSV),
        (b"\xef\xbb\xbfa;b\n", CSV),
        ("größe,ärger\n".encode(), CSV),
        (b"just words", TEXT),
        (b'{"a": 1}', JSON),
        (b"<svg onload=alert(1)>", TEXT),
        (b"a,b\x00c", OCTETS),
        ("größe,b".encode("latin-1"), OCTETS),
        (pickle.dumps([1, 2]), PICKLE),
        (archive(), ZIP),
        (b"", TEXT),
    ],
)
def test_content_tells_what_it_is(content, media_type):
    assert sniff(content) == media_type


def test_an_onnx_file_is_known_by_its_fields():
    assert sniff(network()[:4096]) == ONNX


def test_a_character_cut_at_the_end_of_the_head_is_no_error():
    assert sniff(("a,b\n" + "é" * 3000).encode()[:4095]) == CSV
