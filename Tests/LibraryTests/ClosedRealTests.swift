import Foundation
import Library
import TestSupport
import Testing

/// The default method on the zoos that the product is measured on, where they are at hand.
@Suite struct ClosedRealTests {
  static let zoo = ProcessInfo.processInfo.environment["PROBEXD_ZOO"]
  static let hasZoo: ConditionTrait = .enabled(
    if: zoo != nil, "set PROBEXD_ZOO to the folder of the zoo to train on it")

  private static func train(
    _ tree: String, _ kind: TrainingRequest.Kind, labelKey: String, in folder: TemporaryFolder
  ) throws -> TrainingReport {
    try ExpertTraining.run(
      TrainingRequest(
        zoo: try #require(zoo) + "/" + tree, kind: kind, layers: [], labelKey: labelKey,
        output: try folder.file("expert.safetensors")), options: ExampleLibrary.options)
  }

  /// The tree, and what share of yes/no questions about test models must be right: below what was
  /// seen by more than processors differ, and above what the networks reach.
  static let trees = [("vit-sup-b", 0.97), ("vit-mae", 0.85)]

  @Test("categories of vision models", hasZoo, arguments: trees)
  func categories(_ tree: String, _ accuracy: Double) throws {
    let folder = try TemporaryFolder()
    let report = try Self.train(
      tree, .categories, labelKey: "dataset_chosen_targets", in: folder)
    let test = try #require(report.splits.first { $0.split == "test" })
    #expect(report.members.map(\.network) == ["loggram"] && report.skipped.isEmpty)
    #expect(test.accuracy >= accuracy)
    #expect((test.calibrationError ?? 1) < 0.1)
  }

  @Test("topics of adapters, held out of training by the quarter", hasZoo)
  func topics() throws {
    let folder = try TemporaryFolder()
    let table = try #require(Self.zoo) + "/lora-topics/texts.safetensors"
    let report = try Self.train(
      "lora-topics", .text(tables: [table]), labelKey: "topic_name", in: folder)
    let test = try #require(report.splits.first { $0.split == "test" })
    #expect((report.zeroShot ?? 0) >= 0.65)
    #expect(test.accuracy >= 0.7)
  }
}
