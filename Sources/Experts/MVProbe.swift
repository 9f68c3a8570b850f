package import Checkpoints
package import Tensors

/// The MVProbe network without its head ("What Linear Probes Miss: Multi-View Probing", arXiv
/// 2605.23410): a layer `X`, `d_H × d_W`, is looked at in four ways.
///
///     S = X·U,  X·(Xᵀ·W),  Xᵀ·V,  Xᵀ·(X·Z)      responses of r probes each
///     S ← (S − mean) / (deviation + 10⁻⁸)        over all entries of one S of one layer
///     P = ReLU(Sᵀ · Q)                           projected to k numbers each, r × k
///     e = M · (P, P, P, P) + b                   view by view, probe by probe, r_T
///
/// Cost for one full layer: `12 · d_H · d_W · r` operations for the responses and
/// `4 · (d_H + d_W) · r · k` for P, then one pass over `M`, 134 MB at 128 × 128 → 512, which a
/// batch shares. A LoRA layer stays in its factors.
package struct MVProbe: LayerNetwork, Equatable {
  /// U, W, V, Z in the order of the views: `d_W × r`, `d_H × r`, `d_H × r`, `d_W × r`.
  package let probes: [Matrix]
  /// Qᵀ of each view, `k × d_H` for the first two and `k × d_W` for the others.
  package let projections: [Matrix]
  /// Mᵀ, `(4 · r · k) × r_T`; files hold M, as for `ProbeX`.
  package let encoder: Matrix
  /// b, `r_T`.
  package let encoderBias: [Float]

  /// A network over tensors that go together, with Mᵀ as `encoder`.
  init(probes: [Matrix], projections: [Matrix], encoder: Matrix, encoderBias: [Float]) {
    precondition(probes.count == View.allCases.count && projections.count == probes.count)
    precondition(
      encoder.rows == probes.count * probes[0].columns * projections[0].rows,
      "one row for each response")
    precondition(encoderBias.count == encoder.columns, "one bias for each output")
    self.probes = probes
    self.projections = projections
    self.encoder = encoder
    self.encoderBias = encoderBias
  }

  /// The names of the tensors in files.
  static let tensorNames =
    View.allCases.map(\.probesName) + View.allCases.map(\.projectionName)
    + ["concat_all4_encoder.weight", "concat_all4_encoder.bias"]

  /// The network of a file.
  ///
  /// - Throws: `ExpertError` naming the tensor that is missing or does not go with the others.
  init(_ source: TensorSource) throws(ExpertError) {
    var (probes, projections): ([Matrix], [Matrix]) = ([], [])
    for view in View.allCases {
      probes.append(try Self.matrix(view.probesName, source))
      projections.append(try Self.matrix(view.projectionName, source))
    }
    let rows = projections[View.xu.rawValue].columns
    let columns = projections[View.xtu.rawValue].columns
    let (count, kept) = (probes[0].columns, projections[0].rows)
    for view in View.allCases {
      try Self.check(
        probes[view.rawValue], view.probesName, (view.readsColumns ? columns : rows, count), source)
      try Self.check(
        projections[view.rawValue], view.projectionName, (kept, view.givesRows ? rows : columns),
        source)
    }
    let encoder = try Self.matrix("concat_all4_encoder.weight", source)
    let bias = try source.vector("concat_all4_encoder.bias")
    try Self.check(
      encoder, "concat_all4_encoder.weight", (encoder.rows, probes.count * count * kept), source)
    guard bias.count == encoder.rows else {
      throw source.wrong(
        "concat_all4_encoder.bias", "has \(bias.count) numbers instead of \(encoder.rows)")
    }
    self.init(
      probes: probes, projections: projections, encoder: encoder.transposed(), encoderBias: bias)
  }

  private static func matrix(
    _ name: String, _ source: TensorSource
  ) throws(ExpertError) -> Matrix {
    let matrix = try source.matrix(name)
    guard !matrix.values.isEmpty else { throw source.wrong(name, "is empty") }
    return matrix
  }

  private static func check(
    _ matrix: Matrix, _ name: String, _ wanted: (rows: Int, columns: Int), _ source: TensorSource
  ) throws(ExpertError) {
    guard (matrix.rows, matrix.columns) != wanted else { return }
    throw source.wrong(
      name, "is \(matrix.rows)×\(matrix.columns); the others need \(wanted.rows)×\(wanted.columns)")
  }

  /// Which network it is.
  package var kind: NetworkKind { .mvProbe }
  /// d_H, the rows of the layers it reads.
  package var rows: Int { projections[View.xu.rawValue].columns }
  /// d_W, the columns of the layers it reads.
  package var columns: Int { projections[View.xtu.rawValue].columns }
  /// r of each view.
  package var probeCount: Int { probes[0].columns }
  /// k of each view.
  package var projectionCount: Int { projections[0].rows }
  /// r_T, the length of a representation.
  package var dimension: Int { encoder.columns }
  /// 4 · r · k, the numbers of all P.
  package var projectedCount: Int { encoder.rows }
  /// How many numbers the network has.
  package var parameterCount: Int {
    (probes + projections).reduce(encoder.values.count + encoderBias.count) { $0 + $1.values.count }
  }

  /// Writes the four P of one layer, probe by probe, as row `row` of the `n × projectedCount`
  /// numbers.
  ///
  /// - Parameters:
  ///   - layer: `rows × columns`.
  ///   - scale: what the layer is multiplied with first; all that standardisation leaves of it is
  ///     its sign, but for responses near 10⁻⁸.
  package func project(_ layer: Layer, scale: Float, into projected: inout [Float], row: Int) {
    precondition(layer.rows == rows && layer.columns == columns, "the layer has another shape")
    let stack = LayerStack([layer])
    forEachResponse(stack, scale: scale) { _, view, response in
      writeProjected(Standardised(response), view, into: &projected, row: row)
    }
  }

  /// The representations of `n` projected layers: `n × projectedCount` in, `n × dimension` out.
  package func represent(_ projected: Matrix) -> Matrix {
    precondition(projected.columns == projectedCount, "rows of another network")
    var result = BLAS.productWithTall(projected, encoder)
    Linear.add(encoderBias, toRowsOf: &result)
    return result
  }
}
