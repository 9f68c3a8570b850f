package import Checkpoints
import Glibc
package import Tensors

/// Reads a layer by the logarithm of its Gram matrix: which directions the training used, and how
/// much, whatever it did with them on the other side.
///
///     S = X · U                     on k directions (or Xᵀ · U),        d_H × k
///     G = SᵀS · k / trace(SᵀS)      mean eigenvalue 1,                  k × k
///     φ = triangle of log(G + ε)    off-diagonals times √2, log trace,  k · (k + 1) / 2 + 1
///     e = M · φ + b                                                     r_T
///
/// What models of a tree share are second moments: a fresh classifier scrambles the signs and the
/// output side of a layer's change, while the Gram matrix of its input side keeps which inputs
/// drove it. ProbeX and MVProbe have to find such products by descent; here they are given, so that
/// a ridge regression is enough. The logarithm lets directions count that were used a hundredth as
/// much.
///
/// Cost: `2 · d_H · k · (d_W + k)` operations and one eigendecomposition of `k × k`.
package struct LogGram: LayerNetwork {
  /// Which side of a layer the directions lie on.
  package enum Side: String, Sendable, CaseIterable {
    /// Directions among the `d_W` inputs.
    case inputs
    /// Directions among the `d_H` outputs.
    case outputs
  }

  /// d_H.
  package let rows: Int
  /// d_W.
  package let columns: Int
  package let side: Side
  /// U: the directions as columns, `d_W × k` or `d_H × k`.
  package let basis: Matrix
  /// ε.
  package let floor: Float
  /// M and b; M is `r_T × (k · (k + 1) / 2 + 1)`.
  package let encoder: Linear

  /// A network over parts that go together.
  package init(
    rows: Int, columns: Int, side: Side, basis: Matrix, floor: Float, encoder: Linear
  ) {
    self.rows = rows
    self.columns = columns
    self.side = side
    self.basis = basis
    self.floor = floor
    self.encoder = encoder
  }

  /// Which network it is.
  package var kind: NetworkKind { .logGram }
  /// Numbers in φ.
  package var projectedCount: Int { Self.featureCount(basis.columns) }
  /// r_T.
  package var dimension: Int { encoder.weight.rows }
  /// How many numbers the network has.
  package var parameterCount: Int {
    basis.values.count + 1 + encoder.weight.values.count + encoder.bias.count
  }
  /// k.
  package var probeCount: Int { basis.columns }
  /// k: each response is kept as its products with all of them.
  package var projectionCount: Int { basis.columns }

  /// Numbers that describe a Gram matrix of k directions and its trace.
  package static func featureCount(_ directions: Int) -> Int {
    directions * (directions + 1) / 2 + 1
  }

  /// Writes φ of one layer; numbers that are not finite where the layer's are too large.
  package func project(_ layer: Layer, scale: Float, into projected: inout [Float], row: Int) {
    precondition(layer.rows == rows && layer.columns == columns, "the layer has another shape")
    let gram = Self.gram(of: layer, on: basis, side, scale: scale)
    Self.features(of: gram, floors: [floor]) { _, features in
      projected.replaceSubrange(
        row * projectedCount..<(row + 1) * projectedCount, with: features)
    }
  }

  /// The representations of `n` layers' φ.
  package func represent(_ projected: Matrix) -> Matrix { encoder.forward(projected) }

  /// SᵀS of one layer, `k × k`.
  static func gram(of layer: Layer, on basis: Matrix, _ side: Side, scale: Float) -> Matrix {
    switch layer {
    case .full(let matrix):
      let responses = BLAS.product(
        side == .inputs ? .asStored(matrix) : .transposed(matrix), .asStored(basis), scale: scale)
      return BLAS.product(.transposed(responses), .asStored(responses))
    case .lowRank(let pair):
      // With X = s·BA: SᵀS = s²·(AU)ᵀ(BᵀB)(AU), and for the other side (BᵀU)ᵀ(AAᵀ)(BᵀU).
      let square = scale * scale * pair.scale * pair.scale
      let (inner, outer) =
        side == .inputs
        ? (
          BLAS.product(.asStored(pair.down), .asStored(basis)),
          BLAS.product(.transposed(pair.up), .asStored(pair.up), scale: square)
        )
        : (
          BLAS.product(.transposed(pair.up), .asStored(basis)),
          BLAS.product(.asStored(pair.down), .transposed(pair.down), scale: square)
        )
      return BLAS.product(
        .transposed(inner), .asStored(BLAS.product(.asStored(outer), .asStored(inner))))
    }
  }

  /// φ of a Gram matrix for each of several ε; one eigendecomposition for all.
  static func features(
    of gram: Matrix, floors: [Float], _ body: (Int, [Float]) -> Void
  ) {
    let count = gram.rows
    let trace = (0..<count).reduce(0.0) { $0 + Double(gram[$1, $1]) }
    var normalised = gram
    // A layer that was not changed at all has no direction. In double precision: the factor of a
    // layer that was hardly changed is greater than any number of single precision.
    let factor = trace > 0 ? Double(count) / trace : 0
    for index in normalised.values.indices {
      normalised.values[index] = Float(Double(normalised.values[index]) * factor)
    }
    let size = Float(log10(max(trace, 1e-30)))
    guard let (values, vectors) = LAPACK.eigen(normalised) else {
      for place in floors.indices {
        body(place, [Float](repeating: .nan, count: featureCount(count)))
      }
      return
    }
    for (place, floor) in floors.enumerated() {
      // Σ log(w + ε) · v vᵀ, with the vectors as rows.
      var scaled = vectors
      for row in 0..<count {
        let weight = logf(max(values[row], 0) + floor)
        for column in 0..<count { scaled[row, column] *= weight }
      }
      let logarithm = BLAS.product(.transposed(scaled), .asStored(vectors))
      var features: [Float] = []
      features.reserveCapacity(featureCount(count))
      let root = Float(2).squareRoot()
      for row in 0..<count {
        features.append(logarithm[row, row])
        for column in row + 1..<count {
          features.append(logarithm[row, column] * root)
        }
      }
      features.append(size)
      body(place, features)
    }
  }
}

extension LogGram {
  /// The names of the tensors in files; the basis is one of the first two.
  static let tensorNames = [
    "log_gram.inputs", "log_gram.outputs", "log_gram.floor", "log_gram_encoder.weight",
    "log_gram_encoder.bias",
  ]

  /// The network of a file, for layers of a shape that the file states elsewhere.
  init(_ source: TensorSource, _ layer: ExpertFacts.LayerShape) throws(ExpertError) {
    let side: Side = source.has("log_gram.outputs") ? .outputs : .inputs
    let name = "log_gram.\(side.rawValue)"
    if side == .outputs, source.has("log_gram.inputs") {
      throw source.wrong(
        "log_gram.inputs", "stands beside “log_gram.outputs”; a basis has one side")
    }
    let basis = try source.matrix(name)
    let width = side == .inputs ? layer.columns : layer.rows
    guard basis.rows == width, basis.columns > 0 else {
      throw source.wrong(
        name, "is \(basis.rows)×\(basis.columns), but the layer's side has \(width) directions")
    }
    let floor = try source.vector("log_gram.floor")
    guard floor.count == 1, floor[0] > 0 else {
      throw source.wrong("log_gram.floor", "is not one positive number")
    }
    let encoder = try source.linear("log_gram_encoder")
    guard encoder.weight.columns == Self.featureCount(basis.columns) else {
      throw source.wrong(
        "log_gram_encoder.weight",
        "has \(encoder.weight.columns) columns instead of \(Self.featureCount(basis.columns))")
    }
    self.init(
      rows: layer.rows, columns: layer.columns, side: side, basis: basis, floor: floor[0],
      encoder: encoder)
  }

  /// The tensors as files hold them.
  package var published: [SafetensorsWriter.Tensor] {
    [
      SafetensorsWriter.Tensor(name: "log_gram.floor", values: [floor], shape: [1]),
      SafetensorsWriter.Tensor(
        name: "log_gram.\(side.rawValue)", values: basis.values,
        shape: [basis.rows, basis.columns]),
      SafetensorsWriter.Tensor(
        name: "log_gram_encoder.bias", values: encoder.bias, shape: [encoder.bias.count]),
      SafetensorsWriter.Tensor(
        name: "log_gram_encoder.weight", values: encoder.weight.values,
        shape: [encoder.weight.rows, encoder.weight.columns]),
    ]
  }
}
