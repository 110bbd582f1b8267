#!/usr/bin/env python3
"""Makes sample.bin: a small GGUF file written by the gguf package (pip install gguf numpy).

It has metadata of every kind and tensors of several formats; gguf_test.go
knows what is in it. Run it in its own directory.
"""

import numpy as np
from gguf import GGMLQuantizationType, GGUFValueType, GGUFWriter

w = GGUFWriter("sample.bin", "llama")
w.add_custom_alignment(64)
w.add_uint8("kind.uint8", 200)
w.add_int8("kind.int8", -100)
w.add_uint16("kind.uint16", 60000)
w.add_int16("kind.int16", -30000)
w.add_uint32("kind.uint32", 4000000000)
w.add_int32("kind.int32", -2000000000)
w.add_uint64("kind.uint64", 2**64 - 1)
w.add_int64("kind.int64", -(2**63))
w.add_float32("kind.float32", 0.1)
w.add_float64("kind.float64", 0.1)
w.add_bool("kind.true", True)
w.add_bool("kind.false", False)
w.add_string("kind.string", "grüße 😀")
w.add_array("array.strings", ["a", "", "Ġb"])
w.add_key_value("array.int32", [1, -2, 3], GGUFValueType.ARRAY, GGUFValueType.INT32)
w.add_key_value("array.uint8", [1, 255], GGUFValueType.ARRAY, GGUFValueType.UINT8)
w.add_key_value("array.float32", [0.5, -1.5], GGUFValueType.ARRAY, GGUFValueType.FLOAT32)
w.add_key_value("array.bool", [True, False], GGUFValueType.ARRAY, GGUFValueType.BOOL)

w.add_tensor("f32", np.arange(6, dtype=np.float32).reshape(2, 3))
w.add_tensor("f16", np.arange(24, dtype=np.float16).reshape(2, 3, 4))
w.add_tensor("q8_0", np.arange(3 * 34, dtype=np.uint8).reshape(3, 34), raw_dtype=GGMLQuantizationType.Q8_0)
w.write_header_to_file()
w.write_kv_data_to_file()
w.write_tensors_to_file()
w.close()
