import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("layers: names and shapes")
struct LayerTests {
  /// A checkpoint of one file with tensors of the given shapes.
  private func checkpoint(_ tensors: [(String, [Int])]) throws -> (TemporaryFolder, Checkpoint) {
    let folder = try TemporaryFolder()
    let path = try folder.write(try goodFile(tensors), to: "model.safetensors")
    return (
      folder, try Checkpoint.open(path, relativeTo: "", hub: HubCache(root: "/nowhere"))
    )
  }

  @Test(
    "canonical names",
    arguments: [
      ("encoder.layer.5.output.dense", "encoder.layer.5.output.dense"),
      ("encoder.layer.5.output.dense.weight", "encoder.layer.5.output.dense"),
      ("vit.encoder.layer.5.output.dense.weight", "encoder.layer.5.output.dense"),
      ("base_model.model.encoder.layer.5.output.dense", "encoder.layer.5.output.dense"),
      ("base_model.model.model.layers.0.q_proj.lora_A.weight", "layers.0.q_proj"),
      ("base_model.model.model.layers.0.q_proj.lora_B.default.weight", "layers.0.q_proj"),
      ("module._orig_mod.vit.x.weight", "x"), ("unet.mid.to_k.lora.down.weight", "mid.to_k"),
      ("unet.mid.to_k.lora_up.weight", "mid.to_k"), ("a.base_layer.weight", "a"),
      ("base_model.model.classifier.modules_to_save.default.weight", "classifier"),
      ("weight", "weight"), ("model", "model"), ("model.weight", "model"), ("vit.weight", "vit"),
      ("model.", "model."), (".weight", ".weight"), ("..weight", "."), ("", ""), (".", "."),
      ("a.bias", "a.bias"), ("a.in_proj_weight", "a.in_proj_weight"),
      ("models.a.weight", "models.a"), ("lora_A.weight", "lora_A"), ("x.lora.mid", "x.lora.mid"),
      ("bert.pooler.dense.weight", "pooler.dense"), ("modèle.ä.weight", "modèle.ä"),
    ])
  func canonical(name: String, expected: String) {
    #expect(LayerName.canonical(name) == expected)
    #expect(LayerName.canonical(expected) == expected, "once more changes nothing")
  }

  @Test("a canonical name stays as it is, for any name")
  func idempotent() {
    var generator = SeededGenerator(seed: 7)
    let parts = [
      "model", "base_model", "vit", "weight", "lora_A", "lora", "down", "default", "x", "", "0",
      "modules_to_save", "base_layer", "up",
    ]
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...6, using: &generator)
      let name = (0..<count).map { _ in parts.randomElement(using: &generator) ?? "" }
        .joined(separator: ".")
      let once = LayerName.canonical(name)
      #expect(LayerName.canonical(once) == once, "\(name)")
      #expect(once.isEmpty == name.isEmpty, "\(name)")
    }
  }

  @Test("which tensors are layers, and of what shape")
  func shapes() throws {
    let (folder, checkpoint) = try checkpoint([
      ("linear.weight", [3, 2]), ("linear.bias", [3]), ("conv1.weight", [4, 2, 1, 1]),
      ("conv3.weight", [2, 3, 3, 3]), ("conv1d.weight", [2, 3, 5]), ("scalar", []),
      ("empty.weight", [0, 3]), ("row", [1, 7]),
    ])
    _ = folder
    let shapes = checkpoint.layers.map { "\($0.name) \($0.rows)×\($0.columns)" }
    #expect(
      shapes == ["linear 3×2", "conv1 4×2", "conv3 2×27", "conv1d 2×15", "row 1×7"])
    let conv = try checkpoint.layer(try checkpoint.layerRecord(named: "conv3"))
    #expect(conv.rows == 2 && conv.columns == 27)
    guard case .full(let matrix) = conv else { throw Missing() }
    // Row-major: the second output channel follows the 27 numbers of the first.
    #expect(matrix[1, 0] == matrix[0, 26] + 1)
    #expect(checkpoint.format == .safetensors && checkpoint.obstacle == nil)
  }

  struct Missing: Error {}

  @Test(
    "a layer is found by any way of writing its name",
    arguments: [
      "encoder.layer.3.dense", "encoder.layer.3.dense.weight", "vit.encoder.layer.3.dense.weight",
      "base_model.model.encoder.layer.3.dense", "model.vit.encoder.layer.3.dense",
    ])
  func found(name: String) throws {
    let (folder, checkpoint) = try checkpoint([
      ("vit.encoder.layer.2.dense.weight", [1, 1]), ("vit.encoder.layer.3.dense.weight", [2, 2]),
    ])
    _ = folder
    #expect(try checkpoint.layerRecord(named: name).rows == 2)
  }

  @Test("of several that are meant, only the full name decides")
  func ambiguous() throws {
    let (folder, checkpoint) = try checkpoint([
      ("vit.a.weight", [1, 1]), ("bert.a.weight", [2, 2]), ("a.weight", [3, 3]), ("b", [1, 2]),
    ])
    _ = folder
    let fault = error { () throws(CheckpointError) in try checkpoint.layerRecord(named: "module.a")
    }
    #expect(fault?.kind == .layerAmbiguous)
    #expect(fault?.problem.contains(#""vit.a.weight", "bert.a.weight", "a.weight""#) == true)
    #expect(try checkpoint.layerRecord(named: "bert.a.weight").rows == 2)
    #expect(try checkpoint.layerRecord(named: "bert.a").rows == 2)
    #expect(try checkpoint.layerRecord(named: "a").rows == 3)
  }

  @Test("what is no layer says what it is")
  func notLayers() throws {
    let (folder, checkpoint) = try checkpoint([
      ("vit.encoder.layer.3.dense.weight", [2, 2]), ("vit.encoder.layer.3.dense.bias", [2]),
      ("vit.embeddings.weight", [1, 2]),
    ])
    _ = folder
    let missing = error { () throws(CheckpointError) in
      try checkpoint.layerRecord(named: "encoder.layer.4.dense")
    }
    #expect(missing?.kind == .layerNotFound)
    #expect(missing?.remedy == #"The closest it has: "encoder.layer.3.dense", "embeddings""#)
    #expect(missing?.subject == checkpoint.name)
    let bias = error { () throws(CheckpointError) in
      try checkpoint.layerRecord(named: "encoder.layer.3.dense.bias")
    }
    #expect(bias?.kind == .wrongShape)
    #expect(bias?.problem.contains("its shape is 2, its type F32") == true)
  }

  @Test("NaN in a layer is an error with its place, and no other layer's")
  func notFinite() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("t.safetensors")
    var values = [Float](repeating: 1, count: 12)
    values[7] = .nan
    try SafetensorsWriter.write(
      [
        .init(name: "model.bad.weight", values: values, shape: [3, 4]),
        .init(name: "model.good.weight", values: [1, 2], shape: [1, 2]),
      ], metadata: [], to: path)
    let checkpoint = try Checkpoint.open(path, relativeTo: "", hub: HubCache(root: "/nowhere"))
    let bad = try checkpoint.layerRecord(named: "bad")
    let fault = error { () throws(CheckpointError) in try checkpoint.layer(bad) }
    #expect(fault?.kind == .notFinite)
    #expect(
      fault?.problem == #"tensor "model.bad.weight" has nan at row 1, column 3"#,
      "\(fault?.description ?? "")")
    #expect(try checkpoint.layer(try checkpoint.layerRecord(named: "good")).columns == 2)
  }

  @Test("declared bases, each once, with who says so")
  func declaredBases() throws {
    let folder = try TemporaryFolder()
    let metadata = [
      (name: "base_model_name_or_path", value: "org/base"), (name: "base_model", value: "org/base"),
      (name: "base_model", value: ""),
    ]
    let bytes = try goodFile([("w", [1, 1])], metadata: Array(metadata[..<2]))
    _ = try folder.write(bytes, to: "model.safetensors")
    _ = try folder.write(
      Array(#"{"_name_or_path":"/users/me/start"}"#.utf8), to: "config.json")
    let hub = HubCache(root: "/nowhere")
    let checkpoint = try Checkpoint.open(folder.path, relativeTo: "", hub: hub)
    #expect(
      checkpoint.declaredBases.map { "\($0.model) \($0.source)" } == [
        "org/base header metadata base_model", "/users/me/start config.json",
      ])
    // Whatever stands in config.json, the weights can be read.
    for broken in ["", "[", #"{"_name_or_path":1}"#, "null"] {
      _ = try folder.write(Array(broken.utf8), to: "config.json")
      let checkpoint = try Checkpoint.open(folder.path, relativeTo: "", hub: hub)
      #expect(checkpoint.declaredBases.count == 1)
    }
  }
}
