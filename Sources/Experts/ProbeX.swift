package import Checkpoints
package import Tensors

/// The ProbeX network without its head ("Learning on Model Weights using Tree Experts", CVPR 2025,
/// arXiv 2410.13569): a layer `X`, `d_H × d_W`, becomes a representation of `r_T` numbers.
///
///     R = X · U                    responses of r_U probes,        d_H × r_U
///     P = ReLU(Rᵀ · V)             projected to r_V rows each,     r_U × r_V
///     e = M · flatten(P) + b       probe by probe,                 r_T
///
/// Cost for one full layer: `2 · d_H · r_U · (d_W + r_V)` operations, then one pass over `M`, which
/// is most of the time for a single checkpoint (33 MB at 128 × 128 → 512) and is shared by a batch.
package struct ProbeX: LayerNetwork, Equatable {
  /// U, `d_W × r_U`.
  package let probes: Matrix
  /// Vᵀ, `r_V × d_H`.
  package let projection: Matrix
  /// Mᵀ of all probes one below the other, `(r_U · r_V) × r_T`; the `r_V` rows of probe 0 come
  /// first. Files hold M; a row for each response lets a zero response skip its row.
  package let encoder: Matrix
  /// b, `r_T`.
  package let encoderBias: [Float]

  /// A network over the given tensors, as files hold them: `encoder` is M, `r_T × (r_U · r_V)`.
  ///
  /// - Throws: `ExpertError` naming `subject` where two shapes do not go together.
  package init(
    probes: Matrix, projection: Matrix, encoder: Matrix, encoderBias: [Float], subject: String
  ) throws(ExpertError) {
    let width = probes.columns * projection.rows
    guard probes.values.count > 0, projection.values.count > 0, encoder.rows > 0 else {
      throw ExpertError(
        subject, problem: "a tensor of the network is empty.", remedy: "Export the expert again.")
    }
    guard encoder.columns == width else {
      throw ExpertError(
        subject,
        problem: "per_probe_encoders.weight has \(encoder.columns) columns, but "
          + "\(probes.columns) probes × \(projection.rows) projected rows need \(width).",
        remedy: "Export the expert again.")
    }
    guard encoderBias.count == encoder.rows else {
      throw ExpertError(
        subject,
        problem: "per_probe_encoders.bias has \(encoderBias.count) numbers, but "
          + "per_probe_encoders.weight has \(encoder.rows) rows.",
        remedy: "Export the expert again.")
    }
    self.probes = probes
    self.projection = projection
    self.encoder = encoder.transposed()
    self.encoderBias = encoderBias
  }

  /// The names of the tensors in files.
  static let tensorNames = [
    "probes.weight", "shared_probe_proj.weight", "per_probe_encoders.weight",
    "per_probe_encoders.bias",
  ]

  /// The network of a file.
  init(_ source: TensorSource) throws(ExpertError) {
    try self.init(
      probes: try source.matrix("probes.weight"),
      projection: try source.matrix("shared_probe_proj.weight"),
      encoder: try source.matrix("per_probe_encoders.weight"),
      encoderBias: try source.vector("per_probe_encoders.bias"), subject: source.path)
  }

  /// A network over tensors that go together, with Mᵀ as `encoder`.
  init(probes: Matrix, projection: Matrix, encoder: Matrix, encoderBias: [Float]) {
    precondition(encoder.rows == probes.columns * projection.rows, "one row for each response")
    precondition(encoderBias.count == encoder.columns, "one bias for each output")
    self.probes = probes
    self.projection = projection
    self.encoder = encoder
    self.encoderBias = encoderBias
  }

  /// Which network it is.
  package var kind: NetworkKind { .probeX }
  /// d_H, the rows of the layers it reads.
  package var rows: Int { projection.columns }
  /// d_W, the columns of the layers it reads.
  package var columns: Int { probes.rows }
  /// r_U.
  package var probeCount: Int { probes.columns }
  /// r_V.
  package var projectionCount: Int { projection.rows }
  /// r_T, the length of a representation.
  package var dimension: Int { encoder.columns }
  /// r_U · r_V, the numbers of one P.
  package var projectedCount: Int { encoder.rows }
  /// How many numbers the network has.
  package var parameterCount: Int {
    probes.values.count + projection.values.count + encoder.values.count + encoderBias.count
  }

  /// Writes P of one layer, probe by probe, as row `row` of the `n × projectedCount` numbers.
  ///
  /// A LoRA layer `scale · B · A` is never multiplied out: `(Vᵀ B)(A U)` is the same product at
  /// `rank / d_W` of the cost, and depends on B · A only, not on how it was factored.
  ///
  /// - Parameters:
  ///   - layer: `rows × columns`.
  ///   - scale: what the layer is multiplied with first.
  package func project(_ layer: Layer, scale: Float, into projected: inout [Float], row: Int) {
    precondition(layer.rows == rows && layer.columns == columns, "the layer has another shape")
    let offset = row * projectedCount
    switch layer {
    case .full(let matrix):
      let responses = BLAS.product(.asStored(matrix), .asStored(probes))
      BLAS.product(
        .transposed(responses), .transposed(projection), scale: scale,
        into: &projected, at: offset)
    case .lowRank(let factors):
      let responses = BLAS.product(.asStored(factors.down), .asStored(probes))
      let projectedUp = BLAS.product(.asStored(projection), .asStored(factors.up))
      BLAS.product(
        .transposed(responses), .transposed(projectedUp), scale: scale * factors.scale,
        into: &projected, at: offset)
    }
    for index in offset..<offset + projectedCount {
      // A select, not a branch, so that the loop vectorises; NaN stays NaN.
      projected[index] = projected[index] < 0 ? 0 : projected[index]
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
