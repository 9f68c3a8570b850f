import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("safetensors: reading tensors")
struct ReadingTests {
  struct TypeCase: CustomTestStringConvertible, Sendable {
    let type: String
    let shape: String
    let data: [UInt8]
    let values: [Float]
    var testDescription: String { "\(type) \(shape)" }
  }

  /// Little-endian bytes written out by hand.
  static let types = [
    TypeCase(
      type: "F64", shape: "[2]",
      data: [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x9A, 0x99, 0x99, 0x99, 0x99, 0x99, 0xB9, 0xBF],
      values: [1, -0.1]),
    TypeCase(
      type: "F32", shape: "[1,2]", data: [0, 0, 0x80, 0x3F, 0xCD, 0xCC, 0xCC, 0xBD],
      values: [1, -0.1]),
    TypeCase(
      type: "F16", shape: "[3]", data: [0x00, 0x3C, 0x01, 0x00, 0xFF, 0xFB],
      values: [1, 5.9604645e-8, -65504]),
    TypeCase(type: "BF16", shape: "[2]", data: [0x80, 0x3F, 0x49, 0xC0], values: [1, -3.140625]),
    TypeCase(type: "F32", shape: "[]", data: [0, 0, 0x20, 0x41], values: [10]),
    TypeCase(type: "F16", shape: "[0,7]", data: [], values: []),
  ]

  @Test("every type, at an even and at an odd place in the file", arguments: types, [0, 1, 3])
  func floats(_ row: TypeCase, shift: Int) throws {
    let folder = try TemporaryFolder()
    let end = shift + row.data.count
    let header =
      #"{"before":{"dtype":"U8","shape":[\#(shift)],"data_offsets":[0,\#(shift)]},"#
      + #""t":{"dtype":"\#(row.type)","shape":\#(row.shape),"data_offsets":[\#(shift),\#(end)]}}"#
    let bytes = safetensors(header, [UInt8](repeating: 9, count: shift) + row.data)
    let file = try SafetensorsFile(path: try folder.write(bytes, to: "t.safetensors"))
    let tensor = try #require(file.tensor(named: "t"))
    #expect(try file.floats(tensor) == row.values)
    #expect(try file.bytes(tensor) == row.data)
    #expect(tensor.elementCount == row.values.count)
  }

  @Test("names that differ only in how a letter is composed are two tensors")
  func exactNames() throws {
    let folder = try TemporaryFolder()
    let header =
      #"{"\u00e9":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
      + #""e\u0301":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#
    let path = try folder.write(safetensors(header, [1, 2]), to: "t.safetensors")
    let file = try SafetensorsFile(path: path)
    #expect(try file.bytes(try #require(file.tensor(named: "\u{E9}"))) == [1])
    #expect(try file.bytes(try #require(file.tensor(named: "e\u{301}"))) == [2])
    #expect(file.tensor(named: "e") == nil)
  }

  @Test("metadata keeps its order")
  func metadata() throws {
    let folder = try TemporaryFolder()
    let bytes = try goodFile([], metadata: [("z", "1"), ("a", "2"), ("m", "")])
    let file = try SafetensorsFile(path: try folder.write(bytes, to: "t.safetensors"))
    #expect(file.metadata.map(\.name) == ["z", "a", "m"])
    #expect(file.metadata(named: "a") == "2")
    #expect(file.metadata(named: "b") == nil)
  }

  @Test("a matrix has the shape that is asked for, or the error says both")
  func matrix() throws {
    let folder = try TemporaryFolder()
    let bytes = try goodFile([("m", [2, 3]), ("v", [3])])
    let file = try SafetensorsFile(path: try folder.write(bytes, to: "t.safetensors"))
    let expected = Matrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6])
    #expect(try file.matrix("m") == expected)
    #expect(try file.matrix("m", rows: 2, columns: 3) == expected)
    #expect(try file.matrix("m", rows: nil, columns: 3) == expected)
    let faults = [
      error { () throws(CheckpointError) in try file.matrix("m", rows: 3, columns: 2) },
      error { () throws(CheckpointError) in try file.matrix("m", rows: 1) },
      error { () throws(CheckpointError) in try file.matrix("v") },
    ]
    #expect(faults.map(\.?.kind) == [.wrongShape, .wrongShape, .wrongShape])
    #expect(faults[0]?.problem == #"tensor "m" is 2×3, not 3×2"#)
    #expect(faults[1]?.problem == #"tensor "m" is 2×3, not 1×any"#)
    let missing = error { () throws(CheckpointError) in try file.matrix("w") }
    #expect(missing?.kind == .layerNotFound)
    #expect(missing?.remedy == #"It has "m", "v""#)
  }

  @Test(
    "NaN and infinity are found, wherever they are",
    arguments: [0, 1, 4095, 4096, 4097, 9999], [Float.nan, .infinity, -.infinity, .signalingNaN])
  func notFinite(place: Int, value: Float) throws {
    var values = [Float](repeating: -.greatestFiniteMagnitude, count: 10_000)
    #expect(values.firstNonFinite == nil)
    values[place] = value
    #expect(values.firstNonFinite == place)
    if place < 9999 { values[9999] = .nan }
    #expect(values.firstNonFinite == place)

    let folder = try TemporaryFolder()
    let path = try folder.file("t.safetensors")
    let tensor = SafetensorsWriter.Tensor(name: "w", values: values, shape: [100, 100])
    try SafetensorsWriter.write([tensor], metadata: [], to: path)
    let file = try SafetensorsFile(path: path)
    let fault = error { () throws(CheckpointError) in try file.matrix("w") }
    #expect(fault?.kind == .notFinite)
    #expect(fault?.problem.contains("row \(place / 100), column \(place % 100)") == true)
    #expect(fault?.problem.contains(#"tensor "w""#) == true)
    // The bare numbers are handed out as they are.
    #expect(try file.floats(file.tensors[0])[place].isFinite == false)
  }

  @Test(
    "types that are no weights are refused by name", arguments: ["I64", "BOOL", "F8_E4M3", "C64"])
  func unsupportedTypes(type: String) throws {
    let folder = try TemporaryFolder()
    let size = ["I64": 8, "BOOL": 1, "F8_E4M3": 1, "C64": 8][type] ?? 0
    let header = #"{"t":{"dtype":"\#(type)","shape":[1,1],"data_offsets":[0,\#(size)]}}"#
    let bytes = safetensors(header, [UInt8](repeating: 0, count: size))
    let file = try SafetensorsFile(path: try folder.write(bytes, to: "t.safetensors"))
    let fault = error { () throws(CheckpointError) in try file.floats(file.tensors[0]) }
    #expect(fault?.kind == .unsupported)
    #expect(fault?.problem.contains(type) == true)
    #expect(try file.bytes(file.tensors[0]).count == size)
  }

  @Test("a tensor beyond the limit is not read")
  func tensorLimit() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(try goodFile([("a", [4]), ("b", [5])]), to: "t.safetensors")
    let file = try SafetensorsFile(path: path, limits: ReadLimits(tensorBytes: 16))
    #expect(try file.floats(file.tensors[0]).count == 4)
    let fault = error { () throws(CheckpointError) in try file.floats(file.tensors[1]) }
    #expect(fault?.kind == .limitExceeded)
  }

  @Test("of a sparse file of 100 GB only one tensor is read")
  func sparse() throws {
    let folder = try TemporaryFolder()
    let huge = 100_000_000_000
    let header =
      #"{"huge":{"dtype":"U8","shape":[\#(huge)],"data_offsets":[16,\#(16 + huge)]},"#
      + #""w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#
    let data: [UInt8] = [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64]
    let start = safetensors(header, data)
    let path = try folder.write(start, to: "t.safetensors")
    #expect(setSize(start.count + huge, of: path))
    let checkpoint = try Checkpoint.open(path, relativeTo: "", hub: HubCache(root: folder.path))
    let layer = try checkpoint.layer(try checkpoint.layerRecord(named: "w"))
    #expect(layer == .full(Matrix(rows: 2, columns: 2, values: [1, 2, 3, 4])))
    let file = try SafetensorsFile(path: path)
    let tensor = try #require(file.tensor(named: "huge"))
    let fault = error { () throws(CheckpointError) in try file.bytes(tensor) }
    #expect(fault?.kind == .limitExceeded)
  }
}
