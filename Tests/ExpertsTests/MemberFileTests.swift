import Checkpoints
import Experts
import Foundation
import Tensors
import TestSupport
import Testing

/// Expert files with several members, other networks than ProbeX, and every kind of answer.
@Suite struct MemberFileTests {
  private static let space = ExpertFacts.TextSpace(
    encoder: "org/encoder", prompt: "a {label}", normalised: true, dimension: 9)
  private static let scale = ExpertFacts.NumberScale(
    property: "lr", mean: -3.25, deviation: 0.7, isLogarithmic: true, error: 0.4)

  /// One of each kind of answer, with what may stand beside it.
  static let outputs: [ExpertFacts.Output] = [
    .categories(labels: ["a", "b"], threshold: 0.4),
    .choice(labels: ["a", "b, c", "d"]),
    .number(scale),
    .text(space, temperature: 0.07, table: "topics"),
  ]

  private static func fixture(_ output: ExpertFacts.Output, members: Int) -> MemberFixture {
    MemberFixture(
      output, readings: MemberFixture.readings.prefix(members),
      calibration: ExpertFacts.Calibration(slope: 0.3, intercept: -0.125),
      abstention: ExpertFacts.Abstention(below: 0.6, errorRate: 0.05))
  }

  private static func agrees(_ ours: Matrix, _ theirs: Matrix) -> Bool {
    (ours.rows, ours.columns) == (theirs.rows, theirs.columns)
      && zip(ours.values, theirs.values).allSatisfy { abs($0 - $1) < 1e-5 }
  }

  @Test(
    "what was written is read, and written again to the same bytes", arguments: outputs.indices,
    1...4)
  func roundTrip(_ output: Int, _ members: Int) throws {
    let folder = try TemporaryFolder()
    let fixture = Self.fixture(Self.outputs[output], members: members)
    let path = try folder.file("expert.safetensors")
    try ExpertFile.write(fixture.facts, fixture.tensors, to: path)
    let expert = try ExpertFile.read(path)
    #expect(expert.facts == fixture.facts)
    #expect(expert.members.count == members)
    for (member, start) in zip(expert.members, fixture.members) {
      #expect(member.preparation == start.preparation)
      #expect(member.network.kind == start.network.kind)
      #expect(member.head == start.head)
    }
    for (member, start, layers) in zip3(expert.members, fixture.members, fixture.layers) {
      #expect(member.represent(layers) == start.member.represent(layers))
    }
    let again = try folder.file("again.safetensors")
    let stored = try ExpertFile.storedTensors(try SafetensorsFile(path: path))
    try ExpertFile.write(expert.facts, stored, to: again)
    #expect(try Data(contentsOf: URL(filePath: again)) == Data(contentsOf: URL(filePath: path)))
  }

  private func zip3<A, B, C>(_ a: [A], _ b: [B], _ c: [C]) -> [(A, B, C)] {
    zip(zip(a, b), c).map { ($0.0, $0.1, $1) }
  }

  @Test("outputs are the weighted sum of the members', calibrated", arguments: 0..<3, 1...4)
  func sum(_ output: Int, _ members: Int) throws {
    let fixture = Self.fixture(Self.outputs[output], members: members)
    let expert = try Expert(
      facts: fixture.facts, members: fixture.members.map(\.member), subject: "expert")
    let total = fixture.facts.readings.reduce(0) { $0 + $1.weight }
    var expected = Matrix(rows: 2, columns: fixture.members[0].head.weight.rows)
    for (reading, member, layers) in zip3(
      fixture.facts.readings, fixture.members.map(\.member), fixture.layers)
    {
      let logits = member.head.forward(member.represent(layers))
      for index in logits.values.indices {
        expected.values[index] += reading.weight / total * logits.values[index]
      }
    }
    for index in expected.values.indices {
      expected.values[index] = 0.3 * expected.values[index] - 0.125
    }
    let ours = expert.outputs(expert.represent(fixture.layers))
    #expect(Self.agrees(ours, expected))
    #expect(ours.row(0) != ours.row(1))
  }

  @Test("the cosine of a text expert is the weighted mean of its members'", arguments: 1...4)
  func cosines(_ members: Int) throws {
    let fixture = Self.fixture(Self.outputs[3], members: members)
    let expert = try Expert(
      facts: fixture.facts, members: fixture.members.map(\.member), subject: "expert")
    let total = fixture.facts.readings.reduce(0) { $0 + $1.weight }
    var expected = Matrix(rows: 2, columns: MemberFixture.embeddings.rows)
    for (reading, member, layers) in zip3(
      fixture.facts.readings, fixture.members.map(\.member), fixture.layers)
    {
      let directions = member.head.forward(MemberFixture.embeddings).normalizingRows()
      let cosines = Head.cosines(member.represent(layers), with: directions)
      for index in cosines.values.indices {
        expected.values[index] += reading.weight / total * cosines.values[index]
      }
    }
    let directions = expert.directions(MemberFixture.embeddings)
    let ours = Head.cosines(expert.represent(fixture.layers), with: directions)
    #expect(Self.agrees(ours, expected))
    #expect(ours.row(0) != ours.row(1))
  }

  @Test(
    "PyTorch gets what its classes hold, and nothing else",
    arguments: NetworkKind.allCases.filter { !$0.isClosedForm })
  func export(_ kind: NetworkKind) throws {
    let folder = try TemporaryFolder()
    let reading = ExpertFacts.Reading(layer: MemberFixture.shapes[0], network: kind)
    let fixture = MemberFixture(Self.outputs[0], readings: [reading])
    let path = try folder.file("expert.safetensors")
    let target = try folder.file("published.safetensors")
    try ExpertFile.write(fixture.facts, fixture.tensors, to: path)
    guard !kind.isOurs else {
      let error = #expect(throws: ExpertError.self) {
        try PublishedExpert.export(path, to: target)
      }
      #expect(error?.problem.contains("never published") == true)
      #expect(!FileManager.default.fileExists(atPath: target))
      return
    }
    try PublishedExpert.export(path, to: target)
    let published = try PublishedExpert(path: target)
    #expect(published.epoch == "7" && published.network.network.kind == kind)
    #expect(published.network.head == fixture.members[0].head)
    let error = #expect(throws: ExpertError.self) { try ExpertFile.read(target) }
    #expect(error?.remedy.contains("probexd import") == true)
  }

  @Test("members and preparations are refused for PyTorch", arguments: [1, 2])
  func unpublished(_ members: Int) throws {
    let folder = try TemporaryFolder()
    let fixture = MemberFixture(
      Self.outputs[0], readings: MemberFixture.readings.prefix(members))
    let path = try folder.file("expert.safetensors")
    let target = try folder.file("published.safetensors")
    try ExpertFile.write(fixture.facts, fixture.tensors, to: path)
    let error = #expect(throws: ExpertError.self) { try PublishedExpert.export(path, to: target) }
    #expect(error?.problem.contains(members == 1 ? "centres" : "2 members") == true)
    #expect(!FileManager.default.fileExists(atPath: target))
  }
}
