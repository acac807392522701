"""Hostile and unlucky model files, each written by one function."""

import bz2
import gzip
import io
import json
import pickle
import struct
import zipfile
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper


class Explosive:
    def __reduce__(self):
        return (exec, ("raise SystemExit('it ran')",))


def pickled(path):
    path.write_bytes(pickle.dumps(Explosive()))


def pickled_long_ago(path):
    path.write_bytes(pickle.dumps(Explosive(), protocol=0))


def pickled_gzip(path):
    path.write_bytes(gzip.compress(pickle.dumps(Explosive())))


def pickled_zlib(path):
    path.write_bytes(zlib.compress(pickle.dumps(Explosive())))


def pickled_bzip2(path):
    path.write_bytes(bz2.compress(pickle.dumps(Explosive())))


def empty(path):
    path.write_bytes(b"")


def text(path):
    path.write_text("id,age,income\n1,44,30000\n" * 50)


def archive(path, members, **more):
    with zipfile.ZipFile(path, "w", **more) as made:
        for name, data in members:
            made.writestr(name, data)


def plain_zip(path):
    archive(path, [("data.pkl", pickle.dumps(Explosive()))])


def numpy_bytes(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


SCHEMA = json.dumps(
    {"__class__": "int", "__module__": "builtins", "__loader__": "JsonNode", "content": "1", "protocol": 2}
)


def leads_out(path):
    archive(path, [("schema.json", SCHEMA), ("../../etc/cron.d/job.npy", numpy_bytes(np.zeros(1)))])


def absolute(path):
    archive(path, [("schema.json", SCHEMA), ("/etc/cron.d/job.npy", numpy_bytes(np.zeros(1)))])


def twice(path):
    import warnings

    with warnings.catch_warnings(action="ignore"):
        archive(path, [("schema.json", SCHEMA), ("schema.json", SCHEMA)])


def bomb(path):
    archive(path, [("schema.json", SCHEMA), ("1.npy", bytes(64 << 20))], compression=zipfile.ZIP_DEFLATED)


def bomb_within(path):
    inner = io.BytesIO()
    archive(inner, [("data.npy", bytes(64 << 20))], compression=zipfile.ZIP_DEFLATED)
    archive(path, [("schema.json", SCHEMA), ("1.npz", inner.getvalue())])


def lying_about_size(path):
    """The directory says 5 GiB; nothing is unpacked to find out."""
    archive(path, [("schema.json", SCHEMA), ("1.npy", b"x")])
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(data)


def encrypted(path):
    archive(path, [("schema.json", SCHEMA)])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)


def with_objects(path):
    array = numpy_bytes(np.array([Explosive()], dtype=object))
    archive(path, [("schema.json", SCHEMA), ("1.npy", array)])


def with_a_script(path):
    archive(path, [("schema.json", SCHEMA), ("setup.py", "print('hello')")])


def naming(path, module, name, loader="ObjectNode"):
    schema = json.loads(SCHEMA) | {"__module__": module, "__class__": name, "__loader__": loader, "content": None}
    archive(path, [("schema.json", json.dumps(schema))])


def naming_os_system(path):
    naming(path, "os", "system")


def naming_a_hidden_type(path):
    """A trusted outside round a stranger: found wherever it stands in the schema."""
    inner = {"__module__": "subprocess", "__class__": "Popen", "__loader__": "TypeNode"}
    schema = json.loads(SCHEMA) | {"content": {"deep": [{"down": inner}]}}
    archive(path, [("schema.json", json.dumps(schema))])


def naming_a_numpy_runner(path):
    naming(path, "numpy.testing._private.utils", "runstring")


def nested_schema(path):
    archive(path, [("schema.json", "[" * 200_000 + "]" * 200_000)])


def model(nodes, inputs=("x",), **more):
    taken = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in inputs]
    given = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])]
    graph = helper.make_graph(nodes, "graph", taken, given, more.pop("initializer", None))
    more.setdefault("opset_imports", [helper.make_opsetid("", 17)])
    return helper.make_model(graph, ir_version=8, producer_name="a test", **more)


def identity(path):
    onnx.save(model([helper.make_node("Identity", ["x"], ["y"])]), path)


def custom_operator(path):
    nodes = [helper.make_node("Fetch", ["x"], ["y"], domain="com.example.net")]
    onnx.save(
        model(nodes, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.example.net", 1)]), path
    )


def custom_operator_in_a_branch(path):
    branch = helper.make_graph(
        [helper.make_node("Hidden", [], ["b"], domain="com.microsoft")],
        "branch",
        [],
        [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)],
    )
    condition = helper.make_tensor("c", TensorProto.BOOL, [], [True])
    node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    onnx.save(model([node], initializer=[condition]), path)


def function_of_its_own(path):
    made = model([helper.make_node("Identity", ["x"], ["y"])])
    made.functions.append(
        helper.make_function(
            "ai.onnx", "Mine", ["a"], ["b"], [helper.make_node("Identity", ["a"], ["b"])], made.opset_import
        )
    )
    onnx.save(made, path)


def address(path):
    node = helper.make_node("Identity", ["x"], ["y"], endpoint="https://collector.example/score")
    onnx.save(model([node]), path)


def tensor_elsewhere(path):
    weights = helper.make_tensor("w", TensorProto.FLOAT, [2], [1.0, 2.0])
    weights.ClearField("float_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="../../../etc/passwd")
    onnx.save(model([helper.make_node("Add", ["x", "w"], ["y"])], initializer=[weights]), path)


def from_the_future(path):
    made = model([helper.make_node("Identity", ["x"], ["y"])])
    made.ir_version = 99
    onnx.save(made, path)


def against_the_rules(path):
    onnx.save(model([helper.make_node("Add", ["x", "nowhere"], ["y"])]), path)


def cut_short(path):
    identity(path)
    path.write_bytes(path.read_bytes()[:-3])
