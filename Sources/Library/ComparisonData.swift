import Checkpoints
import Experts
import Tensors
import Texts

/// How right a method is about each model of each split.
struct Scores {
  /// By split, 0…1 for each model: the share of right answers; of a number minus the square error.
  var byModel: [String: [Double]] = [:]
  var accuracy: [String: Double] = [:]
  /// What is resampled: each model by itself, or together with those of its label.
  var units: [String: [Int]] = [:]
  var calibrationError: Double?

  /// The split of labels that were held out of training in turn.
  static let labelFolds = "label folds"

  /// Adds what a method said about models whose labels it had not seen.
  ///
  /// - Parameters:
  ///   - fold: about one fold.
  ///   - first: how many labels earlier folds held out.
  mutating func add(_ fold: Scores, after first: Int) {
    let split = ZooSplit.validationHoldout.rawValue
    byModel[Self.labelFolds, default: []] += fold.byModel[split] ?? []
    units[Self.labelFolds, default: []] += (fold.units[split] ?? []).map { $0 + first }
    let all = byModel[Self.labelFolds] ?? []
    accuracy[Self.labelFolds] = all.reduce(0, +) / Double(max(all.count, 1))
  }

  /// The mean over seeds.
  static func mean(_ runs: [Scores], _ split: String) -> [Double] {
    let all = runs.compactMap { $0.byModel[split] }
    guard let first = all.first else { return [] }
    return first.indices.map { model in
      all.reduce(0) { $0 + $1[model] } / Double(all.count)
    }
  }
}

/// The models of a comparison, and what each method is asked about them.
struct ComparisonData {
  /// Something that answers: outputs about models, over texts where there are some.
  struct Contender {
    let outputs: (_ models: [Int], _ texts: Matrix?) throws -> Matrix
    /// `nil` where the outputs are no logits.
    let expert: Expert?
  }

  let input: TrainingInput
  private let request: ComparisonRequest
  private let plan: TrainingPlan
  /// Held-out labels to choose from; none where nothing is learnt from texts.
  private let candidates: [String]
  /// Their embeddings.
  private let candidateTexts: Matrix?

  /// - Throws: `LibraryError` for what cannot be learnt, and for candidates without an embedding:
  ///   before anything is trained.
  init(_ input: TrainingInput, _ request: ComparisonRequest, _ options: LibraryOptions) throws {
    self.input = input
    self.request = request
    plan = try TrainingPlan(input, request.training)
    guard case .text(let paths) = request.training.kind else {
      guard request.candidates == nil else {
        throw LibraryError(
          .invalidArgument, "candidates",
          problem: "only text experts choose among candidates.", remedy: "Leave the option out.")
      }
      (candidates, candidateTexts) = ([], nil)
      return
    }
    let table = try PromptAverage.table(paths, limits: options.limits)
    candidates = EvaluationSplit.candidates(input, isHeldOut: true, request.candidates)
    candidateTexts = try EvaluationSplit.embeddings(candidates, table)
  }

  // MARK: - Training

  /// Trains a method.
  ///
  /// - Parameters:
  ///   - run: how many were trained before; of several runs each has its own seed.
  ///   - only: the layer to read; `nil` lets the method choose.
  func contender(
    _ method: ComparedMethod, _ run: Int, only layer: Int?, _ step: (TrainingStep) -> Void,
    _ isCancelled: () -> Bool
  ) throws -> Contender {
    let input = layer.map { self.input.keeping($0) } ?? self.input
    guard var single = method.request(request, run: run) else {
      return try ridge(layer ?? 0, isCancelled)
    }
    single.layers = input.records.map(\.name)
    let expert = try ExpertTraining.train(input, single, step, isCancelled).expert
    let places = expert.facts.readings.map { reading in
      self.input.records.firstIndex { $0.name == reading.layer.name } ?? 0
    }
    return Contender(
      outputs: { models, texts in
        try TrainingVerdict(expert, texts: texts).outputs(
          models.map { model in places.map { self.input.models[model].layers[$0] } })
      }, expert: expert)
  }

  private func ridge(_ layer: Int, _ isCancelled: () -> Bool) throws -> Contender {
    let models = plan.models(.train)
    let layers = models.map { input.models[$0].layers[layer] }
    let targets = plan.targets(models)
    guard case .text(let texts, _) = plan.task else {
      let ridge = try KernelRidge(
        layers, targets: targets.matrix(outputs: plan.labels.count), isCancelled: isCancelled)
      let isQuestion: Bool = if case .categories = plan.task { true } else { false }
      return Contender(
        outputs: { models, _ in
          var outputs = try ridge.outputs(models.map { input.models[$0].layers[layer] })
          // Yes above a half is a logit above 0.
          if isQuestion { for index in outputs.values.indices { outputs.values[index] -= 0.5 } }
          return outputs
        }, expert: nil)
    }
    // From layers to centred texts, as the facts of the baseline have it.
    let means = texts.columnMeans()
    let wanted = texts.subtracting(means).selectingRows(targets.places)
    let ridge = try KernelRidge(layers, targets: wanted, isCancelled: isCancelled)
    return Contender(
      outputs: { models, candidates in
        let said = try ridge.outputs(models.map { input.models[$0].layers[layer] })
        let directions = (candidates ?? texts).subtracting(means).normalizingRows()
        return Head.cosines(said, with: directions)
      }, expert: nil)
  }

  /// The labels of the training models dealt out into so many folds: the same for every method and
  /// seed, so that their answers about each model can be compared.
  func labelFolds(_ count: Int) -> [[String]] {
    var generator = RandomSource(seed: 0)
    let order = generator.permutation(plan.labels.count)
    return (0..<count).map { start in
      stride(from: start, to: order.count, by: count).map { plan.labels[order[$0]] }
    }
  }

  // MARK: - Judging

  /// How right a contender is on every split but `train`.
  func scores(_ contender: Contender) throws -> Scores {
    var scores = Scores()
    for split in ZooSplit.allCases where split != .train {
      let models = split.isHeldOut ? heldOut(split) : plan.models(split)
      guard !models.isEmpty else { continue }
      let targets = split.isHeldOut ? heldOutTargets(models) : plan.targets(models)
      let outputs = try contender.outputs(models, split.isHeldOut ? candidateTexts : seenTexts)
      scores.accuracy[split.rawValue] = Evaluator.accuracy(outputs, targets)
      scores.byModel[split.rawValue] = Self.perModel(outputs, targets)
      scores.units[split.rawValue] = split.isHeldOut ? targets.places : Array(models.indices)
      if split == .test, let expert = contender.expert {
        scores.calibrationError =
          TrainingVerdict(expert, texts: nil).verdict("test", outputs, targets).calibrationError
      }
    }
    return scores
  }

  private func heldOut(_ split: ZooSplit) -> [Int] {
    input.models.indices.filter { place in
      input.models[place].split == split
        && input.models[place].labels.contains { candidates.contains($0) }
    }
  }

  private func heldOutTargets(_ models: [Int]) -> TrainingTargets {
    .oneOf(
      models.map { model in
        input.models[model].labels.lazy.compactMap { candidates.firstIndex(of: $0) }.first ?? 0
      })
  }

  private var seenTexts: Matrix? {
    if case .text(let seen, _) = plan.task { seen } else { nil }
  }

  private static func perModel(_ outputs: Matrix, _ targets: TrainingTargets) -> [Double] {
    let (_, right) = TrainingVerdict.answers(outputs, targets, temperature: 1)
    switch targets {
    case .numbers(let wanted):
      return zip(outputs.values, wanted).map { -Double(($0 - $1) * ($0 - $1)) }
    case .oneOf: return right.map { $0 ? 1 : 0 }
    case .categories(let matrix):
      return (0..<matrix.rows).map { row in
        let answers = right[row * matrix.columns..<(row + 1) * matrix.columns]
        return Double(answers.count(where: \.self)) / Double(matrix.columns)
      }
    }
  }
}
