import Experts
import Tensors
import Texts

/// One split of a zoo as an expert is judged on it.
struct EvaluationSplit {
  private let expert: Expert
  private let split: ZooSplit
  private let models: [TrainingInput.Model]
  /// What can be said.
  private let labels: [String]
  private let targets: TrainingTargets
  private let outputs: Matrix
  private let verdict: SplitVerdict

  /// - Returns: `nil` where the split has no model with an answer that the expert could give.
  /// - Throws: `LibraryError`.
  init?(
    _ split: ZooSplit, _ input: TrainingInput, _ expert: Expert, _ table: TextTable?,
    _ request: EvaluationRequest
  ) throws {
    (self.expert, self.split) = (expert, split)
    labels = Self.labels(split, input, expert, request)
    let places = Dictionary(uniqueKeysWithValues: zip(labels, labels.indices))
    var scale: ExpertFacts.NumberScale?
    if case .number(let known) = expert.facts.output { scale = known }
    models = input.models.filter { model in
      guard model.split == split else { return false }
      return scale == nil
        ? model.labels.contains { places[$0] != nil } : Self.number(model) != nil
    }
    guard !models.isEmpty else { return nil }
    switch expert.facts.output {
    case .categories:
      var wanted = Matrix(rows: models.count, columns: labels.count)
      for (row, model) in models.enumerated() {
        for place in model.labels.compactMap({ places[$0] }) { wanted[row, place] = 1 }
      }
      targets = .categories(wanted)
    case .text, .choice:
      targets = .oneOf(
        models.map { model in model.labels.lazy.compactMap { places[$0] }.first ?? 0 })
    case .number(let scale):
      targets = .numbers(models.map { scale.output(for: Self.number($0) ?? 0) })
    }
    let candidates = labels
    let judge = TrainingVerdict(
      expert, texts: try table.map { try Self.embeddings(candidates, $0) })
    let layerPlaces = expert.facts.readings.map { reading in
      expert.facts.layers.firstIndex(of: reading.layer) ?? 0
    }
    outputs = try judge.outputs(models.map { model in layerPlaces.map { model.layers[$0] } })
    verdict = judge.verdict(split.rawValue, outputs, targets)
  }

  private static func number(_ model: TrainingInput.Model) -> Double? {
    model.labels.count == 1 ? Double(model.labels[0]).flatMap { $0.isFinite ? $0 : nil } : nil
  }

  /// What the expert chooses from: its own labels; of texts those of the split's kind, learnt or
  /// held out.
  private static func labels(
    _ split: ZooSplit, _ input: TrainingInput, _ expert: Expert, _ request: EvaluationRequest
  ) -> [String] {
    if case .number = expert.facts.output { return [] }
    if let own = expert.facts.output.labels { return own }
    return candidates(input, isHeldOut: split.isHeldOut, request.candidates)
  }

  /// What texts are chosen from, each once: those that are named, for held-out models; else the
  /// labels of the models, in the order of their bytes.
  static func candidates(
    _ input: TrainingInput, isHeldOut: Bool, _ named: [String]?
  ) -> [String] {
    if isHeldOut, let named {
      var seen: Set<String> = []
      return named.filter { seen.insert($0).inserted }
    }
    let labels = Set(
      input.models.filter { $0.split.isHeldOut == isHeldOut }.flatMap { $0.labels.prefix(1) })
    return labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The labels' embeddings, in their order.
  ///
  /// - Throws: `LibraryError` naming the first label that the table lacks.
  static func embeddings(
    _ labels: [String], _ table: TextTable
  ) throws(LibraryError) -> Matrix {
    let places = Dictionary(uniqueKeysWithValues: zip(table.labels, table.labels.indices))
    var rows: [Int] = []
    for label in labels {
      guard let row = places[label] else {
        throw LibraryError(
          .unknownLabel, label, problem: "the text table has no such label.",
          remedy: "Name a table with --texts that embeds every label and candidate.")
      }
      rows.append(row)
    }
    return table.embeddings.selectingRows(rows)
  }

  /// The split with each of its labels.
  var report: EvaluationReport.Split {
    let isChoice = expert.facts.kind == .text || expert.facts.kind == .choice
    return EvaluationReport.Split(
      verdict: verdict, candidates: isChoice ? labels.count : nil, labels: labelReports)
  }

  private var labelReports: [EvaluationReport.Label] {
    // By label: models that have it, of which it was said, and both.
    var counts = labels.map { _ in (has: 0, said: 0, both: 0) }
    switch targets {
    case .numbers: return []
    case .categories(let wanted):
      for row in 0..<outputs.rows {
        for place in labels.indices {
          let (has, said) = (wanted[row, place] > 0.5, outputs[row, place] > 0)
          counts[place].has += has ? 1 : 0
          counts[place].said += said ? 1 : 0
          counts[place].both += has && said ? 1 : 0
        }
      }
    case .oneOf(let places):
      for (row, place) in places.enumerated() {
        let said = TopK.indices(of: Array(outputs.row(row)), count: 1)[0]
        counts[place].has += 1
        counts[said].said += 1
        counts[place].both += place == said ? 1 : 0
      }
    }
    let isQuestion = expert.facts.kind == .categories
    return zip(labels, counts).compactMap { label, count in
      // Of thousands of candidates most have no model.
      guard isQuestion || count.has > 0 else { return nil }
      let wrong = count.has + count.said - 2 * count.both
      let recall = count.has > 0 ? Double(count.both) / Double(count.has) : nil
      return EvaluationReport.Label(
        label: label, models: count.has,
        accuracy: isQuestion ? 1 - Double(wrong) / Double(models.count) : recall ?? 0,
        precision: count.said > 0 ? Double(count.both) / Double(count.said) : nil,
        recall: recall)
    }
  }
}

extension ZooSplit {
  /// Whether its labels were kept from training.
  var isHeldOut: Bool { self == .validationHoldout || self == .testHoldout }
}
