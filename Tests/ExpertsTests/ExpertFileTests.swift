import Checkpoints
import Experts
import Foundation
import Tensors
import TestSupport
import Testing

/// Expert files: what is read, what is refused, and that import and export lose nothing.
@Suite struct ExpertFileTests {
  private static let text = Repository.example("library/experts/lora-topics.safetensors")

  private static func stored(_ path: String) throws -> [SafetensorsWriter.Tensor] {
    try ExpertFile.storedTensors(try SafetensorsFile(path: path))
  }

  private static func metadata(_ path: String) throws -> [(name: String, value: String)] {
    try SafetensorsFile(path: path).metadata
  }

  @Test(
    "export gives the published layout back, and import the expert",
    arguments: [
      "lora-topics", "vit-sup-a",
    ])
  func roundTrip(_ name: String) throws {
    let folder = try TemporaryFolder()
    let source = Repository.example("library/experts/\(name).safetensors")
    let published = try folder.file("published.safetensors")
    try PublishedExpert.export(source, to: published)

    let original = try Self.stored(source)
    let exported = try Self.stored(published)
    #expect(original.map(\.name) == exported.map(\.name))
    #expect(original.map(\.bytes) == exported.map(\.bytes))
    #expect(original.map(\.shape) == exported.map(\.shape))
    #expect(try Self.metadata(published).map(\.name) == ["epoch"])

    let facts = try ExpertFile.read(source).facts
    let again = try folder.file("again.safetensors")
    try ExpertFile.write(facts, try PublishedExpert(path: published).tensors, to: again)
    #expect(try Data(contentsOf: URL(filePath: again)) == Data(contentsOf: URL(filePath: source)))
  }

  @Test("a published expert is told how to become usable")
  func notDescribed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("published.safetensors")
    try PublishedExpert.export(Self.text, to: path)
    let error = #expect(throws: ExpertError.self) { try ExpertFile.read(path) }
    #expect(error?.remedy.contains("probexd import") == true)
  }

  /// A change of one header entry, and the word that the error must have.
  static let brokenEntries: [(name: String, value: String?, says: String)] = [
    ("probexd.expert", "2", "version 2"), ("kind", "regression", "kind"), ("kind", nil, "kind"),
    ("tree", nil, "tree"), ("bases", "a", "bases"), ("bases", "[1]", "bases"),
    ("layers", "[]", "layers"), ("layers", #"[{"name":"x","rows":0,"columns":1}]"#, "layers"),
    ("layers", #"[{"name":"x","rows":384,"columns":99}]"#, "384×99"),
    ("input", "both", "input"), ("input_scale", "nan", "input_scale"),
    ("input_scale", "0", "input_scale"),
    ("lora_scaling", "maybe", "lora_scaling"), ("text_encoder", nil, "text_encoder"),
    ("text_normalised", "yes", "text_normalised"), ("text_dimension", "-3", "text_dimension"),
    ("text_dimension", "12", "12"), ("temperature", "0", "temperature"),
    ("temperature", "inf", "temperature"), ("training", "[]", "training"),
    ("checksum", "sha256:00", "checksum"), ("checksum", nil, "checksum"),
  ]

  @Test("an entry that is missing or wrong is named", arguments: brokenEntries)
  func broken(_ row: (name: String, value: String?, says: String)) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("broken.safetensors")
    var metadata = try Self.metadata(Self.text)
    metadata.removeAll { $0.name == row.name }
    if let value = row.value { metadata.append((row.name, value)) }
    try SafetensorsWriter.write(try Self.stored(Self.text), metadata: metadata, to: path)
    let error = #expect(throws: ExpertError.self) { try ExpertFile.read(path) }
    #expect(error?.subject == path)
    #expect(error?.problem.contains(row.says) == true, "\(String(describing: error))")
  }

  @Test("one flipped bit in a tensor is noticed")
  func damaged() throws {
    let folder = try TemporaryFolder()
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.text)))
    bytes[bytes.count - 1000] ^= 1
    let path = try folder.write(bytes, to: "damaged.safetensors")
    let error = #expect(throws: ExpertError.self) { try ExpertFile.read(path) }
    #expect(error?.problem.contains("checksum") == true)
  }

  @Test(
    "tensors of another network, of another shape, or not finite are refused",
    arguments: [
      "missing", "stranger", "shape", "rank", "type", "nan", "heads", "other head's bias",
    ])
  func brokenTensors(_ fault: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("broken.safetensors")
    var tensors = try Self.stored(Self.text)
    func replace(_ name: String, shape: [Int], values: [Float]) throws {
      let index = try #require(tensors.firstIndex { $0.name == name })
      tensors[index] = SafetensorsWriter.Tensor(name: name, values: values, shape: shape)
    }
    switch fault {
    case "missing": tensors.removeAll { $0.name == "per_probe_encoders.bias" }
    case "stranger":
      tensors.append(
        SafetensorsWriter.Tensor(name: "probes_xu.weight", values: [1], shape: [1, 1]))
    case "shape":
      try replace("per_probe_encoders.bias", shape: [3], values: [1, 2, 3])
    case "rank":
      try replace(
        "per_probe_encoders.bias", shape: [1, 128], values: .init(repeating: 0, count: 128))
    case "type":
      tensors[0] = SafetensorsWriter.Tensor(
        name: tensors[0].name, type: .i32, shape: tensors[0].shape, bytes: tensors[0].bytes)
    case "other head's bias":
      tensors.append(
        SafetensorsWriter.Tensor(name: "classification_head.bias", values: [1], shape: [1]))
    case "nan":
      try replace(
        "per_probe_encoders.bias", shape: [128],
        values: [.nan] + .init(repeating: 0, count: 127))
    default:
      tensors.append(
        SafetensorsWriter.Tensor(name: "classification_head.weight", values: [1], shape: [1, 1]))
    }
    let facts = try ExpertFile.read(Self.text).facts
    #expect(throws: ExpertError.self) { try ExpertFile.write(facts, tensors, to: path) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  static let unreadableFacts: [(says: String, change: @Sendable (inout ExpertFacts) -> Void)] = [
    ("input_scale", { $0.readings[0].inputScale = .infinity }),
    ("input_scale", { $0.readings[0].inputScale = 0 }),
    ("layers", { $0.readings[0].layer.name = "" }),
    (
      "temperature",
      { facts in
        guard case .text(let space, _, let table) = facts.output else { return }
        facts.output = .text(space, temperature: 0, table: table)
      }
    ),
  ]

  @Test("facts that could not be read back are not written", arguments: unreadableFacts.indices)
  func unreadable(_ row: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("broken.safetensors")
    var facts = try ExpertFile.read(Self.text).facts
    Self.unreadableFacts[row].change(&facts)
    let tensors = try Self.stored(Self.text)
    let error = #expect(throws: ExpertError.self) {
      try ExpertFile.write(facts, tensors, to: path)
    }
    #expect(error?.problem.contains(Self.unreadableFacts[row].says) == true)
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
