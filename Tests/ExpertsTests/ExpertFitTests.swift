import Checkpoints
import Experts
import TestSupport
import Testing

/// Which expert fits which bundled checkpoint, and on what evidence.
@Suite struct ExpertFitTests {
  private static func facts(_ name: String) throws -> ExpertFacts {
    try ExpertFile.read(Repository.example("library/experts/\(name).safetensors")).facts
  }

  private static func open(_ name: String) throws -> Checkpoint {
    try Checkpoint.open(
      Repository.example("checkpoints/" + name), relativeTo: "/", hub: HubCache(root: "/nowhere"))
  }

  private static let adapter = "lora-seen/model_idx_0002"
  private static let vision = "hub/models--zoo--vit-sup-a-0141"
  private static let stranger = "hub/models--zoo--vit-mae-0141"

  @Test("evidence is listed, and a declared base outranks silence and contradiction")
  func evidence() throws {
    var facts = try Self.facts("vit-sup-a")
    let member = try ExpertFit(facts, try Self.open(Self.vision))
    #expect(member.evidence == [.layer, .shape, .input, .base])
    #expect(!member.contradictsBase)
    let other = try ExpertFit(facts, try Self.open(Self.stranger))
    #expect(other.evidence == [.layer, .shape, .input])
    #expect(other.contradictsBase)
    facts.bases = []
    let silent = try ExpertFit(facts, try Self.open(Self.vision))
    #expect(!silent.contradictsBase)
    #expect(member.rank > silent.rank && silent.rank > other.rank)
    facts.input = .any
    let unspecific = try ExpertFit(facts, try Self.open(Self.vision))
    #expect(unspecific.rank < silent.rank)
  }

  @Test("a misfit says what is missing")
  func misfits() throws {
    let facts = try Self.facts("vit-sup-a")
    let adapter = try Self.open(Self.adapter)
    let layer = #expect(throws: ExpertFit.Misfit.self) { try ExpertFit(facts, adapter) }
    #expect(layer?.kind == .layer && layer?.reason.contains("layer.3.intermediate") == true)

    var other = facts
    other.readings[0].layer.rows = 385
    let vision = try Self.open(Self.vision)
    let shape = #expect(throws: ExpertFit.Misfit.self) { try ExpertFit(other, vision) }
    #expect(shape?.kind == .shape && shape?.reason.contains("384×96 instead of 385×96") == true)

    other = facts
    other.input = .lora
    let input = #expect(throws: ExpertFit.Misfit.self) { try ExpertFit(other, vision) }
    #expect(input?.kind == .input)
  }

  @Test(
    "declared bases are recognised as people declare them",
    arguments: [
      ("org/name", true), ("ORG/Name", true), ("/home/me/models/org/name", true),
      ("/cache/models--org--name/snapshots/0123", true), ("name", false), ("org/name-v2", false),
      ("other/name", false),
    ])
  func bases(_ row: (declared: String, agrees: Bool)) throws {
    var facts = try Self.facts("vit-sup-a")
    facts.bases = ["org/name"]
    let folder = try TemporaryFolder()
    let path = try folder.file("model.safetensors")
    try SafetensorsWriter.write(
      [
        SafetensorsWriter.Tensor(
          name: "layer.3.intermediate.weight", values: .init(repeating: 0, count: 384 * 96),
          shape: [384, 96])
      ],
      metadata: [("base_model", row.declared)], to: path)
    let checkpoint = try Checkpoint.open(path, relativeTo: "/", hub: HubCache(root: "/nowhere"))
    let fit = try ExpertFit(facts, checkpoint)
    #expect(fit.evidence.contains(.base) == row.agrees)
  }
}
