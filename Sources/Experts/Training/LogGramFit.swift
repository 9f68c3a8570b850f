import Checkpoints
package import Tensors

/// Learns a `LogGram` in closed form: nothing is drawn, so that there is no seed.
package struct LogGramFit: Sendable {
  /// What is tried, and how large the outcome may be.
  package struct Settings: Sendable, Equatable {
    /// At most so many directions, k.
    package var directions = 128
    /// Candidates for ε.
    package var floors: [Float] = [0.03, 0.1, 0.3, 1]
    /// Candidates for the weight of a change's size among the features. What a model was trained on
    /// does not show in it; how long and how fast does.
    package var sizeWeights: [Float] = [0]
    /// How many principal components of the features stand in a representation beside the outputs.
    package var components = 64

    /// The settings that were measured.
    package init() {}
  }

  /// The longest side whose directions are looked for: their Gram matrix grows with its square, and
  /// the time to take that apart with its cube.
  package static let widestSide = 4096

  /// With the regression's outputs first in a representation, then principal components.
  package let network: LogGram
  /// The training models' mean layer, where layers are whole.
  package let preparation: InputPreparation
  /// The outputs for each model of a regression that had not seen it, `n × c`.
  package let heldOut: Matrix
  /// Mean square error of `heldOut`.
  package let error: Double

  /// Learns from layers of one shape.
  ///
  /// Every side, ε, weight of the size and penalty is judged by the error on models that were left
  /// out, in closed form.
  ///
  /// - Parameters:
  ///   - targets: `n × c`, whatever the outputs shall say of each model.
  ///   - isCancelled: asked before each model.
  /// - Throws: `TrainingError`: `cancelled`; `unusableData` where all layers are alike, both sides
  ///   are wider than `widestSide`, or a layer's numbers are too large to be squared.
  ///
  /// Cost: four passes over the layers, and for each side an eigendecomposition of `k × k` for each
  /// model and one of `n × n` for each ε.
  package init(
    _ layers: [StoredLayer], targets: Matrix, _ settings: Settings = Settings(),
    isCancelled: () -> Bool = { false }
  ) throws(TrainingError) {
    // Two whole layers differ from their mean by one change and its opposite: one Gram matrix.
    let fewest = if case .full? = try layers.first?.layer { 3 } else { 2 }
    guard layers.count >= fewest else {
      throw TrainingError(
        .unusableData, "train", problem: "the number of its models is \(layers.count).",
        remedy: "Give at least \(fewest).")
    }
    let reader = try LayerReader(layers, isCancelled)
    let sides = LogGram.Side.allCases.filter { reader.width($0) <= Self.widestSide }
    guard !sides.isEmpty else {
      throw TrainingError(
        .unusableData, "layer",
        problem: "it is \(reader.rows)×\(reader.columns), and a side of more than "
          + "\(Self.widestSide) is not taken apart.",
        remedy: "Choose a smaller layer, or train with --method probex.")
    }
    var best: Candidate?
    for side in sides {
      let basis = try reader.basis(side, settings.directions, isCancelled)
      let features = try reader.features(side, basis, settings.floors, isCancelled)
      for (floor, rows) in zip(settings.floors, features) {
        for weight in settings.sizeWeights {
          let weighted = rows.scalingLastColumn(by: weight)
          guard let ridge = Ridge(features: weighted, targets: targets) else { continue }
          if best.map({ ridge.error < $0.ridge.error }) ?? true {
            best = Candidate(
              side: side, basis: basis, floor: floor, sizeWeight: weight, features: weighted,
              ridge: ridge)
          }
        }
      }
    }
    guard let best else {
      throw TrainingError(
        .unusableData, "layer", problem: "the training models' layers are all alike.",
        remedy: "Choose a layer that fine-tuning changed.")
    }
    preparation = InputPreparation(centre: reader.centre)
    network = LogGram(
      rows: reader.rows, columns: reader.columns, side: best.side, basis: best.basis,
      floor: best.floor, encoder: best.encoder(components: settings.components))
    (heldOut, error) = (best.ridge.heldOut, best.ridge.error)
  }
}

/// One way of reading, and what came of it.
private struct Candidate {
  let side: LogGram.Side
  let basis: Matrix
  let floor: Float
  let sizeWeight: Float
  /// With the last column weighted.
  let features: Matrix
  let ridge: Ridge

  /// The regression's outputs, and below them the features' principal components.
  func encoder(components: Int) -> Linear {
    let means = features.columnMeans()
    var weight = ridge.weight.values
    var bias = ridge.bias
    if let axes = PrincipalAxes(features.subtracting(means)) {
      for row in 0..<min(components, axes.axes.rows) {
        weight.append(contentsOf: axes.axes.row(row))
        bias.append(-zip(axes.axes.row(row), means).reduce(0) { $0 + $1.0 * $1.1 })
      }
    }
    return Linear(
      weight: Matrix(rows: bias.count, columns: features.columns, values: weight)
        .scalingLastColumn(by: sizeWeight),
      bias: bias)
  }
}

/// Reads the layers pass by pass, without their centre.
private struct LayerReader {
  /// The Gram matrix of a long side is large; a sample of models shows its directions.
  private static let (longSide, sample) = (256, 64)

  let layers: [StoredLayer]
  let rows: Int
  let columns: Int
  /// The mean of whole layers; `nil` for LoRA changes.
  let centre: Matrix?

  init(_ layers: [StoredLayer], _ isCancelled: () -> Bool) throws(TrainingError) {
    self.layers = layers
    let first = try layers[0].layer
    (rows, columns) = (first.rows, first.columns)
    centre = try InputPreparation.mean(layers, isCancelled)
  }

  /// How many directions a side has.
  func width(_ side: LogGram.Side) -> Int { side == .inputs ? columns : rows }

  private func layer(
    _ place: Int, _ isCancelled: () -> Bool
  ) throws(TrainingError) -> Layer {
    if isCancelled() { throw InputPreparation.cancelled }
    return InputPreparation(centre: centre).applied(try layers[place].layer)
  }

  /// The directions of a side along which the changes are largest in the mean, as columns.
  func basis(
    _ side: LogGram.Side, _ limit: Int, _ isCancelled: () -> Bool
  ) throws(TrainingError) -> Matrix {
    let width = width(side)
    let identity = Matrix.identity(width)
    guard width > limit else { return identity }
    let stride = width > Self.longSide ? max(1, layers.count / Self.sample) : 1
    var sum = Matrix(rows: width, columns: width)
    for place in Swift.stride(from: 0, to: layers.count, by: stride) {
      let layer = try layer(place, isCancelled)
      let norm = layer.norm
      let square = norm * norm
      guard square.isNormal else { continue }
      let scale = 1 / square
      switch layer {
      case .full(let matrix):
        BLAS.product(
          side == .inputs ? .transposed(matrix) : .asStored(matrix),
          side == .inputs ? .asStored(matrix) : .transposed(matrix), scale: scale,
          into: &sum.values, at: 0, adding: true)
      case .lowRank:
        let gram = LogGram.gram(of: layer, on: identity, side, scale: scale.squareRoot())
        sum = sum.adding(gram)
      }
    }
    guard let (_, vectors) = LAPACK.eigen(sum) else { throw InputPreparation.tooLarge(layers) }
    // Ascending there; the greatest are wanted, as columns.
    return vectors.selectingRows(Array((width - limit..<width).reversed())).transposed()
  }

  /// φ of every model for each ε, `n × p` each.
  func features(
    _ side: LogGram.Side, _ basis: Matrix, _ floors: [Float], _ isCancelled: () -> Bool
  ) throws(TrainingError) -> [Matrix] {
    let width = LogGram.featureCount(basis.columns)
    var values = floors.map { _ in [Float]() }
    for place in values.indices { values[place].reserveCapacity(layers.count * width) }
    for place in layers.indices {
      let gram = LogGram.gram(of: try layer(place, isCancelled), on: basis, side, scale: 1)
      guard gram.values.allSatisfy(\.isFinite) else { throw InputPreparation.tooLarge(layers) }
      LogGram.features(of: gram, floors: floors) { floor, features in
        values[floor].append(contentsOf: features)
      }
    }
    return values.map { Matrix(rows: layers.count, columns: width, values: $0) }
  }
}

extension Matrix {
  /// Ones on the diagonal.
  static func identity(_ size: Int) -> Matrix {
    var result = Matrix(rows: size, columns: size)
    for place in 0..<size { result[place, place] = 1 }
    return result
  }

  /// Every number of the last column multiplied.
  fileprivate func scalingLastColumn(by factor: Float) -> Matrix {
    var result = self
    for row in 0..<rows { result[row, columns - 1] *= factor }
    return result
  }
}
