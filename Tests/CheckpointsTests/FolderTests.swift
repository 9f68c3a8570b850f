import Checkpoints
import Foundation
import TestSupport
import Testing

/// Files that tests put into folders, by what stands in their names.
private func contents(of name: String) throws -> [UInt8] {
  switch name {
  case _ where name.hasSuffix("adapter_config.json"):
    Array(#"{"peft_type":"LORA","r":1,"lora_alpha":2}"#.utf8)
  case _ where name.contains("adapter") || name.contains("lora"):
    try goodFile([("m.lora_A.weight", [1, 2]), ("m.lora_B.weight", [2, 1])])
  case _ where name.hasSuffix(".index.json"):
    Array(#"{"weight_map":{"w":"model-00001-of-00002.safetensors"}}"#.utf8)
  case _ where name.hasSuffix(".safetensors"): try goodFile([("w", [1, 1])])
  default: Array("{}".utf8)
  }
}

@Suite("which files of a folder are the checkpoint")
struct FolderTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let names: [String]
    /// The weight file that is read, or `kind: words` of the error.
    let answer: String
    var testDescription: String { names.joined(separator: " ") }

    init(_ names: String, _ answer: String) {
      self.names = names.split(separator: " ").map(String.init)
      self.answer = answer
    }
  }

  static let rows = [
    Row("model.safetensors config.json README.md", "model.safetensors"),
    Row("model.safetensors other.safetensors", "model.safetensors"),
    Row("diffusion_pytorch_model.safetensors x.safetensors", "diffusion_pytorch_model.safetensors"),
    Row("pytorch_lora_weights.safetensors x.bin", "pytorch_lora_weights.safetensors"),
    Row("adapter_model.safetensors adapter_config.json", "adapter_model.safetensors"),
    Row(
      "adapter_model.safetensors adapter_config.json model.safetensors", "adapter_model.safetensors"
    ),
    Row("adapter_model.safetensors", "adapter_model.safetensors"),
    Row("adapter_config.json model.safetensors", "model.safetensors"),
    Row("anything.safetensors tokenizer.json", "anything.safetensors"),
    Row(".hidden.safetensors anything.safetensors", "anything.safetensors"),
    Row(
      "model.safetensors.index.json model-00001-of-00002.safetensors",
      "model-00001-of-00002.safetensors"),
    Row(
      "model.fp16.safetensors.index.json model-00001-of-00002.safetensors",
      "model-00001-of-00002.safetensors"),
    Row(
      "model.safetensors.index.json model.safetensors model-00001-of-00002.safetensors",
      "model-00001-of-00002.safetensors"),
    Row("a.safetensors b.safetensors", #"notACheckpoint: several weight files: "a.safe"#),
    Row(
      "model-00001-of-00002.safetensors model-00002-of-00002.safetensors",
      "notACheckpoint: without their index"),
    Row("model-00001-of-00002.safetensors", "notACheckpoint: without their index"),
    Row(
      "a.safetensors.index.json b.safetensors.index.json",
      "notACheckpoint: several sharded checkpoints"),
    Row("model.safetensors.index.json", "notFound: shard \"model-00001-of-00002"),
    Row("pytorch_model.bin config.json", #"unsupported: "pytorch_model.bin""#),
    Row("model.Q4_K.gguf", #"unsupported: "model.Q4_K.gguf""#),
    Row("adapter_model.bin adapter_config.json", #"unsupported: "adapter_model.bin""#),
    Row("last.ckpt", "unsupported: formats that probexd does not read"),
    Row("training_args.bin optimizer.pt config.json", "notACheckpoint: has no weights"),
    Row("config.json tokenizer.json", #"notACheckpoint: "config.json", "tokenizer.json""#),
    Row("", "notACheckpoint: the folder is empty"),
    Row(
      "model_index.json unet/diffusion_pytorch_model.safetensors vae/x.safetensors",
      #"notACheckpoint: there are checkpoints in "unet", "vae""#),
    Row("models--a--b/x models--a--c/x", #"notACheckpoint: "models--a--b", "models--a--c""#),
  ]

  @Test("by the names in it", arguments: rows)
  func folder(_ row: Row) throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("c/x")
    for name in row.names { _ = try folder.write(try contents(of: name), to: "c/\(name)") }
    let hub = HubCache(root: folder.path + "/no-hub")
    do throws(CheckpointError) {
      let checkpoint = try Checkpoint.open("c", relativeTo: folder.path, hub: hub)
      #expect(checkpoint.files.map(\.path) == ["\(folder.path)/c/\(row.answer)"])
      #expect(checkpoint.path == "\(folder.path)/c")
      #expect(checkpoint.name == "c")
    } catch {
      let parts = row.answer.split(separator: ": ", maxSplits: 1).map(String.init)
      #expect(error.kind.rawValue == parts.first, "\(error)")
      #expect(error.problem.contains(parts.last ?? "?"), "\(error)")
    }
  }

  @Test("a file by its name, wherever relative names start")
  func paths() throws {
    let folder = try TemporaryFolder()
    let bytes = try goodFile([("w", [1, 1])])
    let path = try folder.write(bytes, to: "a b/ä#?.safetensors")
    let hub = HubCache(root: "/nowhere")
    let encoded = "\(folder.path)/a%20b/%C3%A4%23%3F.safetensors"
    let rows: [(name: String, directory: String)] = [
      (path, "/nowhere"), (path, ""), ("a b/ä#?.safetensors", folder.path),
      ("./a b//ä#?.safetensors", folder.path + "/"),
      ("../a b/ä#?.safetensors", folder.path + "/a b"),
      ("a b", folder.path), ("a b/", folder.path), ("file://\(encoded)", "/"),
      ("file://localhost\(encoded)", "/"), ("FILE:\(encoded)", "/"),
      ("file://\(folder.path)/a%20b", "/"),
    ]
    for (name, directory) in rows {
      let checkpoint = try Checkpoint.open(name, relativeTo: directory, hub: hub)
      #expect(checkpoint.layers.map(\.name) == ["w"], "\(name)")
    }
  }

  @Test(
    "URIs that cannot be followed say why",
    arguments: [
      ("file://server/x", "unsupported", "the host \"server\""),
      ("file://", "notFound", "no path"), ("file:///%zz", "notFound", "hexadecimal"),
      ("file:///%4", "notFound", "hexadecimal"), ("file:///a%00b", "notFound", "NUL"),
      ("file:///%FF%FE", "notFound", "not UTF-8"), ("file:///a#b", "notFound", "%23"),
      ("file:///nowhere/%2e%2e/x", "notFound", "ENOENT"),
      ("https://huggingface.co/org/name", "unsupported", "local files only"),
      ("hf://org/name", "unsupported", "local files only"),
      ("s3://bucket/key", "unsupported", "local files only"),
    ])
  func brokenURIs(name: String, kind: String, words: String) throws {
    let fault = error { () throws(CheckpointError) in
      try Checkpoint.open(name, relativeTo: "/", hub: HubCache(root: "/nowhere"))
    }
    #expect(fault?.kind.rawValue == kind)
    #expect(fault?.problem.contains(words) == true, "\(fault?.description ?? "opened")")
  }

  @Test("adapter_config.json and an index stand for their folders")
  func companions() throws {
    let folder = try TemporaryFolder()
    for name in ["adapter_model.safetensors", "adapter_config.json"] {
      _ = try folder.write(try contents(of: name), to: "a/\(name)")
    }
    let hub = HubCache(root: "/nowhere")
    for name in ["a", "a/adapter_config.json", "a/adapter_model.safetensors"] {
      let checkpoint = try Checkpoint.open(name, relativeTo: folder.path, hub: hub)
      #expect(checkpoint.format == .adapter)
      #expect(checkpoint.layers.map(\.lowRank?.scale) == [2])
    }
  }

  @Test("a folder whose names are not UTF-8 says nothing wrong")
  func unnameable() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(try contents(of: "w.safetensors"), to: "w.safetensors")
    try #require(makeFile(named: [0xFF, 0xFE] + Array(".safetensors".utf8), in: folder.path))
    let checkpoint = try Checkpoint.open(
      folder.path, relativeTo: "", hub: HubCache(root: "/nowhere"))
    #expect(checkpoint.files.map(\.path) == [folder.path + "/w.safetensors"])
    #expect(checkpoint.notes.contains { $0.contains("not UTF-8") })
  }
}
