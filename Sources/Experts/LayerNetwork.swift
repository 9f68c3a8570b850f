package import Checkpoints
package import Tensors

/// A network without its head: a layer becomes a representation. In two steps, because the first is
/// done layer by layer, as soon as each is read, and the second once for a batch.
package protocol LayerNetwork: Sendable {
  /// Which network it is, for files and messages.
  var kind: NetworkKind { get }
  /// d_H, the rows of the layers it reads.
  var rows: Int { get }
  /// d_W, the columns of the layers it reads.
  var columns: Int { get }
  /// How many numbers `project` makes of one layer.
  var projectedCount: Int { get }
  /// r_T, the length of a representation.
  var dimension: Int { get }
  /// How many numbers the network has.
  var parameterCount: Int { get }
  /// r_U, or what comes nearest: how many vectors the layer is multiplied with; 0 where there are
  /// none.
  var probeCount: Int { get }
  /// r_V, or what comes nearest: how many numbers are kept of each response; 0 where there are
  /// none.
  var projectionCount: Int { get }

  /// Writes what is read of one layer as row `row` of the `n × projectedCount` numbers.
  ///
  /// - Parameters:
  ///   - layer: `rows × columns`.
  ///   - scale: what the layer is multiplied with first.
  func project(_ layer: Layer, scale: Float, into projected: inout [Float], row: Int)

  /// The representations of `n` projected layers: `n × projectedCount` in, `n × dimension` out.
  func represent(_ projected: Matrix) -> Matrix
}

/// The networks that experts may have, by the names that files and messages use.
package enum NetworkKind: String, Sendable, CaseIterable {
  /// `ProbeX`.
  case probeX = "probex"
  /// `MVProbe`.
  case mvProbe = "mvprobe"
  /// `DenseReader`.
  case dense
  /// `StatNN`.
  case statNN = "statnn"
  /// `LogGram`.
  case logGram = "loggram"
  /// `DirectionReader`.
  case direction

  /// Whether it is learnt in closed form instead of by descent.
  package var isClosedForm: Bool { self == .logGram || self == .direction }

  /// Whether there are no published classes that could load it.
  package var isOurs: Bool {
    switch self {
    case .probeX, .mvProbe: false
    case .dense, .statNN, .logGram, .direction: true
    }
  }
}

extension LayerNetwork {
  /// The representations of the given layers, `n × dimension`, in their order.
  package func represent(_ layers: [Layer], inputScale: Float = 1) -> Matrix {
    var projected = [Float](repeating: 0, count: layers.count * projectedCount)
    for (row, layer) in layers.enumerated() {
      project(layer, scale: inputScale, into: &projected, row: row)
    }
    return represent(Matrix(rows: layers.count, columns: projectedCount, values: projected))
  }
}
