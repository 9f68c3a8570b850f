import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("sharded checkpoints")
struct ShardTests {
  private let hub = HubCache(root: "/nowhere")

  /// A folder with two shards and the given index.
  private func folder(index: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let first = try goodFile([("model.a.weight", [1, 2]), ("model.b.weight", [2, 1])])
    let second = try goodFile(
      [("model.c.weight", [2, 2]), ("model.b.weight", [2, 1])], metadata: [("shard", "2")])
    _ = try folder.write(first, to: "model-00001-of-00002.safetensors")
    _ = try folder.write(second, to: "model-00002-of-00002.safetensors")
    _ = try folder.write(Array(index.utf8), to: "model.safetensors.index.json")
    return folder
  }

  private static let map = #"""
    {"metadata":{"total_size":32},"weight_map":{
      "model.c.weight":"model-00002-of-00002.safetensors",
      "model.a.weight":"model-00001-of-00002.safetensors",
      "model.b.weight":"model-00002-of-00002.safetensors"}}
    """#

  @Test("every tensor comes from the file that the index names")
  func whole() throws {
    let folder = try folder(index: Self.map)
    for name in ["", "/model.safetensors.index.json"] {
      let checkpoint = try Checkpoint.open(folder.path + name, relativeTo: "", hub: hub)
      #expect(checkpoint.format == .sharded)
      #expect(checkpoint.files.count == 2)
      #expect(checkpoint.files.map(\.identity.size) == checkpoint.files.map(\.byteCount))
      #expect(checkpoint.layers.map(\.name) == ["a", "c", "b"])
      #expect(checkpoint.tensors.count == 3)
      #expect(checkpoint.metadata.isEmpty)
      #expect(
        checkpoint.notes == ["tensors that the index does not name were left out: 1"])
      let b = try checkpoint.layer(try checkpoint.layerRecord(named: "b"))
      // 1…4 are `c`; in the first shard `b` would be 3 and 4.
      #expect(b == .full(Matrix(rows: 2, columns: 1, values: [5, 6])))
      let a = try checkpoint.layer(try checkpoint.layerRecord(named: "model.a.weight"))
      #expect(a == .full(Matrix(rows: 1, columns: 2, values: [1, 2])))
    }
  }

  @Test(
    "an index that does not fit is refused",
    arguments: [
      (#"{"weight_map":{"w":"../model-00001-of-00002.safetensors"}}"#, "malformed", "no name of a"),
      (#"{"weight_map":{"w":"/etc/passwd"}}"#, "malformed", "no name of a file beside it"),
      (#"{"weight_map":{"w":".."}}"#, "malformed", "no name of a file beside it"),
      (#"{"weight_map":{"w":""}}"#, "malformed", "no name of a file beside it"),
      (#"{"weight_map":{"w":"a\u0000b"}}"#, "malformed", "no name of a file beside it"),
      (#"{"weight_map":{"w":1}}"#, "malformed", "kind integer"),
      (#"{"weight_map":["w"]}"#, "malformed", "kind array"),
      (#"{"weight_map":{}}"#, "malformed", "no weight_map, or an empty one"),
      (#"{"weight_map":null}"#, "malformed", "no weight_map, or an empty one"),
      (#"{}"#, "malformed", "no weight_map"), (#"[]"#, "malformed", "kind array"),
      (#"{"weight_map""#, "malformed", "not valid JSON"),
      (
        #"{"weight_map":{"w":"a.safetensors","w":"b.safetensors"}}"#, "malformed", "comes twice"
      ),
      (#"{"weight_map":{"w":"x.safetensors"}}"#, "notFound", "shard \"x.safetensors\""),
      (
        #"{"weight_map":{"w":"model-00001-of-00002.safetensors"}}"#, "malformed",
        "tensor \"w\" is not in \"model-00001-of-00002.safetensors\""
      ),
      (
        #"{"weight_map":{"w":"model.safetensors.index.json"}}"#, "notACheckpoint", "a JSON text"
      ),
    ])
  func broken(index: String, kind: String, words: String) throws {
    let folder = try folder(index: index)
    let fault = error { () throws(CheckpointError) in
      try Checkpoint.open(folder.path, relativeTo: "", hub: hub)
    }
    #expect(fault?.kind.rawValue == kind)
    #expect(fault?.problem.contains(words) == true, "\(fault?.description ?? "opened")")
  }
}
