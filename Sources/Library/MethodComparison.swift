import Checkpoints
import Experts
import Tensors
import Texts

/// Which methods are compared, on what.
package struct ComparisonRequest: Sendable, Equatable {
  /// What is learnt, and with which settings; its method, rate and output are not looked at.
  package var training: TrainingRequest
  package var methods: [ComparedMethod]
  /// Each method is trained so often, with the seed of `training` and those after it.
  package var seeds: Int
  /// Learning rate of every network; `nil` takes the published one of each.
  package var rate: Double?
  /// As in `EvaluationRequest`.
  package var candidates: [String]?
  /// Texts: into how many folds the labels of the training models are dealt out; each is held out
  /// of training in turn, and its models choose from its labels. 0 for none.
  package var labelFolds = 0

  package init(training: TrainingRequest, methods: [ComparedMethod], seeds: Int) {
    self.training = training
    self.methods = methods
    self.seeds = seeds
  }
}

/// One way to learn, in a comparison.
package enum ComparedMethod: String, Sendable, CaseIterable {
  case dense
  case statNN = "statnn"
  case ridge
  case probeX = "probex"
  /// On layers without their mean, of unit size.
  case centredProbeX = "probex+centre"
  case mvProbe = "mvprobe"
  case centredMVProbe = "mvprobe+centre"
  case best

  /// The request for one seed; `nil` for kernel ridge regression, which makes no expert.
  func request(_ asked: ComparisonRequest, run: Int) -> TrainingRequest? {
    var request = asked.training
    request.seed &+= UInt64(run)
    switch self {
    case .ridge: return nil
    case .dense: request.method = .dense
    case .statNN: request.method = .statNN
    case .probeX, .centredProbeX: request.method = .probeX
    case .mvProbe, .centredMVProbe:
      request.method = .mvProbe
      request.rate = 3e-4
    case .best: request.method = .best
    }
    request.rate = asked.rate ?? request.rate
    if self == .centredProbeX || self == .centredMVProbe {
      (request.isCentred, request.inputScale) = (true, .automatic)
    }
    return request
  }
}

/// How the methods did.
package struct ComparisonReport: Sendable, Equatable {
  /// One training.
  package struct Run: Sendable, Equatable {
    package let seed: UInt64
    /// By split: `val`, `test`, and for texts `val_holdout`, `test_holdout` and `label folds`;
    /// those with models.
    package let accuracy: [String: Double]
    /// Of `test`; `nil` for methods and kinds without probabilities.
    package let calibrationError: Double?
    /// How long training took, by the caller's clock.
    package let seconds: Double?
  }

  /// A method's difference from the method `best` on one split: mean over models and seeds, and the
  /// interval that holds it in 95 of 100 resamples of the models (of a held-out split: of the
  /// labels, since the models of one label succeed or fail together).
  package struct Difference: Sendable, Equatable {
    package let split: String
    package let mean: Double
    package let low: Double
    package let high: Double
  }

  /// One method.
  package struct Row: Sendable, Equatable {
    /// Which it is.
    package let method: ComparedMethod
    /// By seed.
    package let runs: [Run]
    /// Empty for `best` itself, and where it was not compared.
    package let differences: [Difference]
  }

  /// In the order of the request.
  package let rows: [Row]
  /// The layer that methods read which read one.
  package let layer: String
}

/// Trains several methods on the same models and compares them on models that none has seen.
package enum MethodComparison {
  /// Resamples of each interval.
  private static let resamples = 10_000

  /// - Parameters:
  ///   - clock: seconds since any moment; `nil` measures nothing.
  ///   - started: called before each training.
  /// - Throws: `LibraryError`.
  package static func run(
    _ request: ComparisonRequest, options: LibraryOptions, clock: (() -> Double)? = nil,
    started: (ComparedMethod, UInt64) -> Void = { _, _ in },
    step: (TrainingStep) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) throws(LibraryError) -> ComparisonReport {
    try ExpertTraining.explained {
      var all = request.training
      all.method = .best
      let input = try ExpertTraining.input(all, options, step, isCancelled)
      let data = try ComparisonData(input, request, options)
      let single = try singleLayer(data, all, step, isCancelled)
      var contenders: [(ComparedMethod, [(run: ComparisonReport.Run, scores: Scores)])] = []
      for method in request.methods {
        var runs: [(run: ComparisonReport.Run, scores: Scores)] = []
        for place in 0..<request.seeds {
          let seed = request.training.seed &+ UInt64(place)
          started(method, seed)
          let start = clock?()
          let contender = try data.contender(
            method, place, only: method == .best ? nil : single, step, isCancelled)
          let seconds = clock.flatMap { clock in start.map { clock() - $0 } }
          var scores = try data.scores(contender)
          if request.labelFolds > 0 {
            try addFolds(
              &scores, method, place, request, data, options,
              only: method == .best ? nil : single, step, isCancelled)
          }
          runs.append(
            (
              ComparisonReport.Run(
                seed: seed, accuracy: scores.accuracy, calibrationError: scores.calibrationError,
                seconds: seconds), scores
            ))
        }
        contenders.append((method, runs))
      }
      let best = contenders.first { $0.0 == .best }?.1.map(\.scores)
      return ComparisonReport(
        rows: contenders.map { method, runs in
          ComparisonReport.Row(
            method: method, runs: runs.map(\.run),
            differences: method == .best
              ? [] : best.map { differences(runs.map(\.scores), $0) } ?? [])
        }, layer: input.records[single].name)
    }
  }

  /// Trains once more for each fold of labels, without them.
  private static func addFolds(
    _ scores: inout Scores, _ method: ComparedMethod, _ place: Int, _ request: ComparisonRequest,
    _ data: ComparisonData, _ options: LibraryOptions, only layer: Int?,
    _ step: (TrainingStep) -> Void, _ isCancelled: () -> Bool
  ) throws {
    var first = 0
    var request = request
    for fold in data.labelFolds(request.labelFolds) where !fold.isEmpty {
      request.candidates = fold
      let part = try ComparisonData(data.input.holdingOut(fold), request, options)
      let contender = try part.contender(method, place, only: layer, step, isCancelled)
      scores.add(try part.scores(contender), after: first)
      first += fold.count
    }
  }

  /// The only layer, or the first one that the best method chooses.
  private static func singleLayer(
    _ data: ComparisonData, _ request: TrainingRequest, _ step: (TrainingStep) -> Void,
    _ isCancelled: () -> Bool
  ) throws -> Int {
    guard data.input.records.count > 1 else { return 0 }
    let trained = try ExpertTraining.train(data.input, request, step, isCancelled)
    let name = trained.expert.facts.readings[0].layer.name
    return data.input.records.firstIndex { $0.name == name } ?? 0
  }

  private static func differences(
    _ runs: [Scores], _ best: [Scores]
  ) -> [ComparisonReport.Difference] {
    (ZooSplit.allCases.map(\.rawValue) + [Scores.labelFolds]).compactMap { split in
      guard split != "train", split != "val", let units = best.first?.units[split], !units.isEmpty
      else { return nil }
      let values = zip(Scores.mean(runs, split), Scores.mean(best, split)).map { $0 - $1 }
      var sums = [Double](repeating: 0, count: (units.max() ?? 0) + 1)
      var counts = sums
      for (unit, value) in zip(units, values) {
        sums[unit] += value
        counts[unit] += 1
      }
      // Of many candidates most are no model's label; to draw those would draw nothing.
      let drawable = counts.indices.filter { counts[$0] > 0 }
      var generator = RandomSource(seed: 0)
      let drawn = (0..<resamples).map { _ in
        var (sum, count) = (0.0, 0.0)
        for _ in drawable {
          let unit = drawable[Int(generator.next() % UInt64(drawable.count))]
          sum += sums[unit]
          count += counts[unit]
        }
        return sum / count
      }.sorted()
      return ComparisonReport.Difference(
        split: split, mean: values.reduce(0, +) / Double(values.count),
        low: drawn[resamples / 40], high: drawn[resamples - 1 - resamples / 40])
    }
  }
}
