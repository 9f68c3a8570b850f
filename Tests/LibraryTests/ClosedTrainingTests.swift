import Checkpoints
import Experts
import Foundation
import Library
import Tensors
import TestSupport
import Testing
import Texts

/// The default method, from a folder of models to answers: every kind, with the layer that says
/// most chosen among several.
@Suite struct ClosedTrainingTests {
  // MARK: - Answers

  @Test("categories: the telling layer is chosen, and the served expert answers")
  func categories() throws {
    let zoo = try ClosedZoo(labels: { "['\(ClosedZoo.names[$0 % 3])', 'all']" })
    let report = try zoo.train(.categories)
    #expect(report.members.map(\.layer) == [ClosedZoo.telling])
    #expect(report.members.map(\.network) == ["loggram"] && report.zeroShot == nil)
    #expect(report.labels == 4 && report.splits.map(\.models) == [48, 15, 15])
    #expect((report.splits.last?.accuracy ?? 0) > 0.95)
    let library = zoo.library()
    let described = try #require(library.describeExperts().first)
    #expect(described.labels == ["all", "blue", "green", "red"])
    for model in 0..<3 {
      let answer = try library.classify(zoo.path("test", model))
      #expect(answer.layer == ClosedZoo.telling)
      #expect(
        Set(answer.labels.filter { $0.decision == true }.map(\.label))
          == [ClosedZoo.names[model], "all"])
      #expect(answer.labels.allSatisfy { $0.probability > 0 && $0.probability < 1 })
    }
  }

  @Test("a choice: one label, sure but not certain, and none where it had better be quiet")
  func choice() throws {
    let zoo = try ClosedZoo(labels: { ClosedZoo.names[$0 % 3] })
    let report = try zoo.train(.choice) { $0.errorRate = 0.2 }
    #expect(report.members.map(\.layer) == [ClosedZoo.telling])
    let test = try #require(report.splits.last)
    #expect(test.accuracy > 0.9)
    let (answered, wrong) = (try #require(test.answered), try #require(test.errorAnswered))
    #expect(answered > 0.5 && wrong <= 0.2)
    let library = zoo.library()
    for model in 0..<3 {
      let answer = try library.classify(zoo.path("test", model))
      let best = try #require(answer.labels.first)
      #expect(best.label == ClosedZoo.names[model] && answer.abstains != nil)
      // Sure of what 48 models left out have shown, and no surer.
      #expect(best.probability > 0.6 && best.probability < 0.9999)
      #expect(abs(answer.labels.reduce(0) { $0 + $1.probability } - 1) < 1e-5)
    }
  }

  @Test("a number, as it is and by its logarithm", arguments: [false, true])
  func number(_ isLogarithmic: Bool) throws {
    let zoo = try ClosedZoo(labels: { model in
      let value = Double(model % 5) / 4
      return isLogarithmic ? "\(pow(10, -5 + 3 * value))" : "\(2 + value)"
    })
    let report = try zoo.train(.number)
    let test = try #require(report.splits.last)
    #expect(report.members.map(\.layer) == [ClosedZoo.telling] && report.labels == 0)
    #expect(test.accuracy > 0.9 && test.calibrationError == nil)
    #expect((test.rankCorrelation ?? 0) > 0.8 && test.absoluteError != nil)
    let library = zoo.library()
    for (model, wanted) in [
      (0, isLogarithmic ? 1e-5 : 2.0), (4, isLogarithmic ? 1e-2 : 3.0),
    ] {
      let number = try #require(try library.classify(zoo.path("test", model)).number)
      #expect(number.property == "label" && number.low < number.value)
      #expect(number.value < number.high)
      if isLogarithmic {
        #expect(abs(log10(number.value) - log10(wanted)) < 0.75)
        #expect(number.low > 0, "a power of ten is never negative")
      } else {
        #expect(abs(number.value - wanted) < 0.25)
      }
    }
  }

  @Test(
    "texts, of one table and of two, with labels held out and with too few for that",
    arguments: [1, 2], [3, 12])
  func text(_ prompts: Int, _ labels: Int) throws {
    let zoo = try ClosedZoo(
      isDirected: true, labels: { "l\($0 % labels)" }, classes: labels)
    let tables = try (0..<prompts).map { try zoo.table(labels, prompt: $0) }
    let report = try zoo.train(.text(tables: tables))
    #expect(report.members.first?.layer == ClosedZoo.telling)
    #expect(report.members.allSatisfy { $0.network == "direction" && $0.bestEpoch == nil })
    #expect((report.zeroShot != nil) == (labels >= 8))
    // A quarter of twelve held out: guesses are right one time in three.
    #expect((report.zeroShot ?? 1) > 0.6)
    #expect((report.splits.last?.accuracy ?? 0) > 0.9)
    let expert = try ExpertFile.read(zoo.output)
    guard case .text(let space, _, let table) = expert.facts.output else {
      Issue.record("a text expert")
      return
    }
    #expect(space.prompt == ["{label} 0", "{label} 0 | {label} 1"][prompts - 1])
    #expect(table == "prompt-0")
    let answer = try zoo.library().classify(zoo.path("test", 1))
    #expect(answer.labels.first?.label == "l1" && answer.table == "prompt-0")
  }

  @Test("a frozen layer among others is passed over, and alone it is refused")
  func frozen() throws {
    let zoo = try ClosedZoo(labels: { ClosedZoo.names[$0 % 3] }, isFirstFrozen: true)
    #expect(try zoo.train(.choice).members.map(\.layer) == [ClosedZoo.telling])
    try FileManager.default.removeItem(atPath: zoo.output)
    let error = zoo.refusal(.choice) { $0.layers = [ClosedZoo.layers[0]] }
    #expect(error?.problem.contains("all alike") == true)
  }

  static let kinds = ["categories", "choice", "text"]

  @Test("the same request gives the same bytes, and another order of threads too", arguments: kinds)
  func reproducible(_ kind: String) throws {
    let isText = kind == "text"
    let zoo = try ClosedZoo(
      isDirected: isText, labels: { "l\($0 % 9)" }, classes: 9)
    let kinds: [String: TrainingRequest.Kind] = [
      "categories": .categories, "choice": .choice,
      "text": .text(tables: [try zoo.table(9, prompt: 0)]),
    ]
    let wanted = try #require(kinds[kind])
    var files: [Data] = []
    for threads in [1, 2, 1] {
      _ = try zoo.train(wanted) { $0.threads = threads }
      files.append(try Data(contentsOf: URL(filePath: zoo.output)))
    }
    #expect(files[0] == files[1] && files[1] == files[2])
  }

  // MARK: - Refusals

  /// What is wrong, and what the error says.
  static let faults = [
    ("no number", "no finite number"), ("one number", "same “label”"),
    ("beyond", "32-bit"), ("several", "2 labels"), ("encoders", "by “other”"),
    ("lengths", "of length 1"), ("held out", "held out in val_holdout"),
    ("no validation", "split `val`"), ("huge", "model_idx_2"),
  ]

  @Test("what cannot be learnt is refused, and nothing is written", arguments: faults.indices)
  func refused(_ row: Int) throws {
    let (fault, says) = Self.faults[row]
    let zoo = try ClosedZoo(
      labels: { model in
        switch fault {
        case "no number": model == 7 ? "many" : "\(model)"
        case "one number": "5"
        case "beyond": "\(1e300 + Double(model) * 1e299)"
        case "several": "['red', 'blue']"
        default: ClosedZoo.names[model % 3]
        }
      },
      held: fault == "held out" ? "red" : nil, isHuge: fault == "huge",
      hasValidation: fault != "no validation")
    var kind = TrainingRequest.Kind.choice
    switch fault {
    case "no number", "one number", "beyond": kind = .number
    case "encoders":
      kind = .text(tables: [
        try zoo.table(3, prompt: 0), try zoo.table(3, prompt: 1, encoder: "other"),
      ])
    case "lengths":
      kind = .text(tables: [
        try zoo.table(3, prompt: 0), try zoo.table(3, prompt: 1, isNormalised: true),
      ])
    case "held out": kind = .text(tables: [try zoo.table(3, prompt: 0, labels: ClosedZoo.names)])
    default: break
    }
    let error = zoo.refusal(kind) { _ in }
    #expect(
      error.map { "\($0)".contains(says) } == true, "\(fault): \(String(describing: error))")
    #expect(!FileManager.default.fileExists(atPath: zoo.output))
  }

  @Test("a zero outside the training models forbids the logarithm, not the number")
  func zero() throws {
    let zoo = try ClosedZoo(
      labels: { "\(pow(10, -5 + 3 * Double($0 % 5) / 4))" }, testLabel: { _ in "0" })
    _ = try zoo.train(.number)
    guard case .number(let scale) = try ExpertFile.read(zoo.output).facts.output else {
      Issue.record("a number")
      return
    }
    #expect(!scale.isLogarithmic && scale.error.isFinite)
  }
}
