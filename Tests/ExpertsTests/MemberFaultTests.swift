import Checkpoints
import Experts
import Foundation
import TestSupport
import Testing

/// Expert files with several members or other networks in which one thing is wrong: each is refused
/// by name, and none is written.
@Suite struct MemberFaultTests {
  private static func fixture(_ output: ExpertFacts.Output) -> MemberFixture {
    MemberFixture(
      output, calibration: ExpertFacts.Calibration(slope: 0.3, intercept: -0.125),
      abstention: ExpertFacts.Abstention(below: 0.6, errorRate: 0.05))
  }

  private static let choice = ExpertFacts.Output.choice(labels: ["a", "b", "c"])
  private static let number = ExpertFacts.Output.number(
    ExpertFacts.NumberScale(
      property: "lr", mean: 0, deviation: 1, isLogarithmic: false, error: 0.5))

  /// A change of one header entry, and the word that the error must have.
  static let entries: [(output: ExpertFacts.Output, name: String, value: String?, says: String)] = [
    (choice, "labels", #"["a","b","b"]"#, "twice"), (choice, "labels", "[]", "empty"),
    (choice, "labels", #"["a","b"]"#, "2 labels"), (choice, "labels", nil, "labels"),
    (choice, "calibration_slope", "0", "positive"),
    (choice, "calibration_slope", "-1", "positive"),
    (choice, "calibration_intercept", nil, "calibration_intercept"),
    (choice, "calibration_intercept", "inf", "calibration_intercept"),
    (choice, "abstain_below", "1.5", "between 0 and 1"),
    (choice, "abstain_error_rate", "-0.1", "between 0 and 1"),
    (choice, "abstain_error_rate", nil, "abstain_error_rate"),
    (number, "property", nil, "property"), (number, "mean", "nan", "mean"),
    (number, "deviation", "0", "positive"), (number, "error", "-1", "negative"),
    (number, "logarithmic", "maybe", "logarithmic"), (number, "kind", "choice", "labels"),
  ]

  @Test("an entry that is missing or wrong is named", arguments: entries.indices)
  func entry(_ row: Int) throws {
    let (output, name, value, says) = Self.entries[row]
    let error = try readingWith(Self.fixture(output)) { metadata in
      metadata.removeAll { $0.name == name }
      if let value { metadata.append((name, value)) }
    }
    #expect(error?.problem.contains(says) == true, "\(String(describing: error))")
  }

  /// What stands in the list of members, what stands there instead, and what the error says.
  static let members: [(old: String, new: String, says: String)] = [
    (#""network":"mvprobe""#, #""network":"mlp""#, "does not know"),
    (#""network":"mvprobe""#, #""network":"probex""#, "probes.weight"),
    (#""network":"mvprobe","#, "", "does not know"),
    (#""weight":"3""#, #""weight":"0""#, "weight"), (#""weight":"3""#, #""weight":"-3""#, "weight"),
    (#""weight":"3""#, #""weight":"nan""#, "weight"), (#""weight":"3""#, #""weight":3"#, "weight"),
    (#""input_scale":"1.5""#, #""input_scale":"0""#, "input_scale"),
    (#""normalised":true"#, #""normalised":1"#, "normalised"),
    (#""centred":true"#, #""centred":false"#, "centre"),
    (#""normalised":true,"centred":false"#, #""normalised":true,"centred":true"#, "centre"),
    (#""rows":6,"columns":5"#, #""rows":5,"columns":6"#, "5×6"),
    (
      #""rows":4,"columns":7,"network":"dense""#, #""rows":4,"columns":8,"network":"dense""#,
      "classification_head.weight"
    ),
    (
      #""rows":4,"columns":7,"network":"dense""#,
      #""rows":4611686018427387904,"columns":7,"network":"dense""#, "no file holds"
    ),
  ]

  @Test("a member that says something impossible is refused", arguments: members.indices)
  func member(_ row: Int) throws {
    let (old, new, says) = Self.members[row]
    let error = try readingWith(Self.fixture(Self.choice)) { metadata in
      guard let place = metadata.firstIndex(where: { $0.name == "layers" }) else { return }
      let changed = metadata[place].value.replacing(old, with: new, maxReplacements: 1)
      #expect(changed != metadata[place].value, "the layout has “\(old)”")
      metadata[place].value = changed
    }
    #expect(error?.problem.contains(says) == true, "\(String(describing: error))")
  }

  /// A tensor of the file, what becomes of it, and what the error says.
  static let tensors: [(name: String, values: [Float]?, shape: [Int], says: String)] = [
    ("members.1.probes_xtu.weight", nil, [], "members.1.probes_xtu.weight"),
    ("members.1.probes_xtu.weight", .init(repeating: 1, count: 10), [5, 2], "5×2"),
    ("members.1.probes_xxtu.weight", .init(repeating: 1, count: 12), [4, 3], "4×3"),
    ("members.1.shared_probe_proj_col2.weight", .init(repeating: 1, count: 12), [3, 4], "3×4"),
    ("members.1.shared_probe_proj_row.weight", [], [0, 4], "members.1.shared"),
    ("members.1.concat_all4_encoder.weight", .init(repeating: 1, count: 6), [6, 1], "6×1"),
    ("members.1.concat_all4_encoder.bias", [1], [1], "1 numbers"),
    ("members.2.statistics.deviation", .init(repeating: 0, count: 7), [7], "not positive"),
    ("members.2.statistics.mean", [1], [1], "instead of 7"),
    ("members.2.hidden.weight", .init(repeating: 1, count: 5), [5, 1], "5×1"),
    ("members.2.encoder.weight", .init(repeating: 1, count: 4), [4, 1], "4×1"),
    ("members.0.centre", .init(repeating: 1, count: 30), [5, 6], "centre is 5×6"),
    ("members.3.classification_head.bias", [1], [1], "classification_head.bias"),
    ("members.4.probes.weight", [1], [1, 1], "members.4.probes.weight"),
    ("members.1.centre", [1], [1, 1], "members.1.centre"),
  ]

  @Test("a tensor that no member has, or of another shape, is refused", arguments: tensors.indices)
  func tensor(_ row: Int) throws {
    let (name, values, shape, says) = Self.tensors[row]
    let fixture = Self.fixture(Self.choice)
    var stored = fixture.tensors
    stored.removeAll { $0.name == name }
    if let values {
      stored.append(SafetensorsWriter.Tensor(name: name, values: values, shape: shape))
    }
    let folder = try TemporaryFolder()
    let path = try folder.file("broken.safetensors")
    let error = #expect(throws: ExpertError.self) {
      try ExpertFile.write(fixture.facts, stored, to: path)
    }
    #expect(error?.problem.contains(says) == true, "\(String(describing: error))")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  /// What reading says of a good file whose header entries were changed.
  private func readingWith(
    _ fixture: MemberFixture, _ change: (inout [(name: String, value: String)]) -> Void
  ) throws -> ExpertError? {
    let folder = try TemporaryFolder()
    let path = try folder.file("expert.safetensors")
    try ExpertFile.write(fixture.facts, fixture.tensors, to: path)
    _ = try ExpertFile.read(path)
    let file = try SafetensorsFile(path: path)
    var metadata = file.metadata
    change(&metadata)
    let stored = try ExpertFile.storedTensors(file)
    let broken = try folder.file("broken.safetensors")
    try SafetensorsWriter.write(stored, metadata: metadata, to: broken)
    return #expect(throws: ExpertError.self) { try ExpertFile.read(broken) }
  }
}
