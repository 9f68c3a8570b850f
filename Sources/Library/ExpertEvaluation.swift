import Checkpoints
import Experts
import JSON
import Tensors
import Texts

/// What an expert is judged by.
package struct EvaluationRequest: Sendable, Equatable {
  /// The expert's file.
  package var expert: String
  /// A folder of models with splits, or a label file.
  package var zoo: String
  /// The header entry or column that holds the right answers; `nil` takes the one that the expert
  /// was trained on, where its file says it.
  package var labelKey: String?
  /// Text experts: paths of the tables that embed the candidates, averaged; empty takes the
  /// expert's own table from the folder `texts` beside that of the expert.
  package var texts: [String]
  /// Text experts: what models of held-out labels are chosen from; `nil` takes the labels of all
  /// held-out models.
  package var candidates: [String]?

  /// A request that takes everything else from the expert.
  package init(expert: String, zoo: String) {
    self.expert = expert
    self.zoo = zoo
    texts = []
  }
}

/// How an expert did on models whose answers are known.
package struct EvaluationReport: Sendable, Equatable {
  /// One label of a split.
  package struct Label: Sendable, Equatable {
    package let label: String
    /// Models that have it.
    package let models: Int
    /// Categories: share of right answers to its question. Texts and choices: share of its models
    /// of which it was said.
    package let accuracy: Double
    /// Of the models of which it was said, how many have it; `nil` where it was never said.
    package let precision: Double?
    /// Of the models that have it, of how many it was said; `nil` without such models.
    package let recall: Double?
  }

  /// One split.
  package struct Split: Sendable, Equatable {
    package let verdict: SplitVerdict
    /// Texts and choices: how many labels were chosen from.
    package let candidates: Int?
    /// In the order of the expert or of the labels' bytes; empty for numbers.
    package let labels: [Label]
  }

  /// `categories`, `text`, `choice` or `number`.
  package let kind: String
  /// Those that have models, in the order train, val, test, val_holdout, test_holdout.
  package let splits: [Split]
  /// Models that were left out, each with its reason.
  package let skipped: [String]
}

/// Judges an expert on models whose answers are known.
package enum ExpertEvaluation {
  /// Asks the expert about every model of the zoo.
  ///
  /// - Throws: `LibraryError` naming what does not fit.
  ///
  /// Cost: one header and one read of the expert's layers for each model.
  package static func run(
    _ request: EvaluationRequest, options: LibraryOptions,
    step: (TrainingStep) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws(LibraryError) -> EvaluationReport {
    try ExpertTraining.explained {
      let expert: Expert
      do {
        expert = try ExpertFile.read(request.expert, limits: options.limits)
      } catch {
        throw LibraryError(error, malformed: .malformedExpert)
      }
      let key = try labelKey(request, expert)
      let zoo = try ExpertTraining.zoo(request.zoo, options, step, isCancelled)
      if isCancelled() { throw TrainingInput.cancelled }
      let input = try TrainingInput(
        zoo, layers: expert.facts.layers.map(\.name), labelKey: key,
        scaling: expert.facts.loraScaling, step: step, isCancelled: isCancelled)
      try check(input, expert, request)
      let table = try table(request, expert, options)
      let splits = try ZooSplit.allCases.compactMap { split in
        try EvaluationSplit(split, input, expert, table, request)?.report
      }
      guard !splits.isEmpty else { throw nothingToJudge(request, key, expert, input) }
      return EvaluationReport(
        kind: expert.facts.kind.rawValue, splits: splits, skipped: input.skipped)
    }
  }

  private static func labelKey(
    _ request: EvaluationRequest, _ expert: Expert
  ) throws(LibraryError) -> String {
    if let key = request.labelKey { return key }
    if let key = expert.facts.training?["label_key"]?.string { return key }
    throw LibraryError(
      .invalidArgument, "label-key",
      problem: "the expert \(request.expert) does not say which entry holds the labels.",
      remedy: "Name the header entry or column that holds the right answers.")
  }

  /// An empty report would look like a good one to a script.
  private static func nothingToJudge(
    _ request: EvaluationRequest, _ key: String, _ expert: Expert, _ input: TrainingInput
  ) -> LibraryError {
    let labels = input.models.first?.labels ?? []
    let answers: String =
      switch expert.facts.output {
      case .number: "answers with a number"
      case .text: "chooses among the candidates"
      case .categories(let own, _), .choice(let own): "knows \(Wording.list(own))"
      }
    return LibraryError(
      .invalidArgument, "label-key",
      problem: "no model of \(request.zoo) has an answer under “\(key)” that the expert could "
        + "give: the first has \(Wording.list(labels)), and the expert \(answers).",
      remedy: "Name the entry that holds what the expert has learnt.")
  }

  /// The models must be what the expert reads.
  private static func check(
    _ input: TrainingInput, _ expert: Expert, _ request: EvaluationRequest
  ) throws(LibraryError) {
    for (record, layer) in zip(input.records, expert.facts.layers) {
      let isLowRank = record.lowRank != nil
      let fits = expert.facts.input == .any || isLowRank == (expert.facts.input == .lora)
      guard (record.rows, record.columns) == (layer.rows, layer.columns), fits else {
        throw LibraryError(
          .wrongShape, request.zoo,
          problem: "its models have “\(record.name)” as "
            + "\(isLowRank ? "a LoRA change" : "a whole matrix") of "
            + "\(record.rows)×\(record.columns), "
            + "but the expert reads \(expert.facts.input.wording) of "
            + "\(layer.rows)×\(layer.columns).",
          remedy: "Evaluate on models of the expert's Model Tree.")
      }
    }
  }

  private static func table(
    _ request: EvaluationRequest, _ expert: Expert, _ options: LibraryOptions
  ) throws -> TextTable? {
    guard case .text(let space, _, let name) = expert.facts.output else {
      guard request.texts.isEmpty, request.candidates == nil else {
        throw LibraryError(
          .invalidArgument, request.texts.isEmpty ? "candidates" : "texts",
          problem: "the expert \(request.expert) answers without texts.",
          remedy: "Leave the option out.")
      }
      return nil
    }
    var paths = request.texts
    if paths.isEmpty, let name {
      let parts = request.expert.split(separator: "/", omittingEmptySubsequences: false)
      let library = parts.dropLast(2).joined(separator: "/")
      let root = parts.count > 2 ? library + "/" : parts.count == 2 ? "" : "../"
      paths = ["\(root)texts/\(name).safetensors"]
    }
    let table = try PromptAverage.table(paths, limits: options.limits)
    guard table.fits(space) else {
      throw LibraryError(
        .unknownTable, paths[0],
        problem: "its embeddings are by “\(table.encoder)” with \(table.dimension) numbers, the "
          + "expert's by “\(space.encoder)” with \(space.dimension).",
        remedy: "Name a table of the expert's text encoder.")
    }
    return table
  }
}

extension ExpertFacts.Input {
  /// As errors name it.
  fileprivate var wording: String {
    switch self {
    case .full: "whole matrices"
    case .lora: "LoRA changes"
    case .any: "layers"
    }
  }
}
