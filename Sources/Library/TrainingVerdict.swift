import Experts
import Tensors

/// What an expert says about models whose answers are known, and how right that is.
struct TrainingVerdict {
  let expert: Expert
  /// Text experts: the candidates' directions.
  let directions: Matrix?

  /// How many models share one pass over an expert's encoders, and how many numbers their layers
  /// may have together while they are in single precision.
  private static let (passSize, passNumbers) = (32, 16 << 20)

  /// - Parameter texts: text experts: the candidates' embeddings, in the order of the targets.
  init(_ expert: Expert, texts: Matrix?) {
    self.expert = expert
    directions = texts.map { expert.directions($0) }
  }

  /// What the expert says: calibrated logits, cosines, or standardised numbers, `n × outputs`.
  ///
  /// - Parameter layers: of each model one layer for each member.
  func outputs(_ layers: [[StoredLayer]]) throws -> Matrix {
    let numbers = expert.members.reduce(1) { $0 + $1.network.rows * $1.network.columns }
    let size = max(1, min(Self.passSize, Self.passNumbers / numbers))
    var values: [Float] = []
    for start in stride(from: 0, to: layers.count, by: size) {
      let pass = layers[start..<min(start + size, layers.count)]
      let representations = expert.represent(
        try expert.members.indices.map { member in try pass.map { try $0[member].layer } })
      let outputs =
        directions.map { Head.cosines(representations, with: $0) }
        ?? expert.outputs(representations)
      values.append(contentsOf: outputs.values)
    }
    return Matrix(
      rows: layers.count, columns: layers.isEmpty ? 0 : values.count / layers.count,
      values: values)
  }

  /// How sure each answer is, 0…1, and whether it is right; empty for numbers. Of categories every
  /// yes/no question is an answer of its own.
  static func answers(
    _ outputs: Matrix, _ targets: TrainingTargets, temperature: Float
  ) -> (confidences: [Float], right: [Bool]) {
    switch targets {
    case .categories(let wanted):
      let probabilities = outputs.values.map(Vector.sigmoid)
      return (
        probabilities.map { max($0, 1 - $0) },
        zip(probabilities, wanted.values).map { ($0 > 0.5) == ($1 > 0.5) }
      )
    case .oneOf(let places):
      let best = (0..<outputs.rows).map { row in
        TopK.indices(of: Array(outputs.row(row)), count: 1)[0]
      }
      let confidences = best.enumerated().map { row, place in
        Vector.softmax(Array(outputs.row(row)), temperature: temperature)[place]
      }
      return (confidences, zip(best, places).map { $0 == $1 })
    case .numbers: return ([], [])
    }
  }

  /// The whole verdict about a split.
  func verdict(_ split: String, _ outputs: Matrix, _ targets: TrainingTargets) -> SplitVerdict {
    let (confidences, right) = Self.answers(outputs, targets, temperature: expert.temperature)
    var (answered, errorAnswered): (Double?, Double?)
    if let abstention = expert.facts.abstention, !right.isEmpty {
      let given = confidences.indices.filter { confidences[$0] >= abstention.below }
      answered = Double(given.count) / Double(right.count)
      let wrong = given.count { !right[$0] }
      errorAnswered = given.isEmpty ? 0 : Double(wrong) / Double(given.count)
    }
    var (absoluteError, rankCorrelation): (Double?, Double?)
    if case .numbers(let wanted) = targets, case .number(let scale) = expert.facts.output {
      let said = outputs.values.map { scale.number(for: $0) }
      let real = wanted.map { scale.number(for: $0) }
      absoluteError =
        zip(said, real).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(max(real.count, 1))
      rankCorrelation = KendallTau.b(outputs.values, wanted)
    }
    return SplitVerdict(
      split: split, models: outputs.rows, accuracy: Evaluator.accuracy(outputs, targets),
      calibrationError: right.isEmpty ? nil : Calibrating.expectedError(confidences, right),
      answered: answered, errorAnswered: errorAnswered, absoluteError: absoluteError,
      rankCorrelation: rankCorrelation)
  }
}

extension Expert {
  /// What scores are divided by before the softmax.
  var temperature: Float {
    if case .text(_, let temperature, _) = facts.output { temperature } else { 1 }
  }
}
