package import Checkpoints
package import Tensors

/// What a forward pass leaves: the representations of a shard, and the way back.
package struct ForwardPass {
  /// e, `n × r_T`.
  package let representations: Matrix
  /// From the derivative of the loss by the representations, `n × r_T`, writes its derivative by
  /// each tensor of the network over the lists of those places, whatever they held. They have the
  /// design's sizes and are written in place: fresh memory for a hundred megabytes of gradient
  /// costs more than the optimiser's step. Lists behind them are not the design's.
  package let backward: (Matrix, inout [[Float]]) -> Void
}

/// The architecture of a network while it is trained: its sizes and what is computed, without its
/// numbers.
///
/// The numbers are flat lists in the design's own order, so that the optimiser, checkpoints of a
/// run and the sum of shards need not know any network.
package protocol NetworkDesign: Sendable {
  /// Which network comes out.
  var kind: NetworkKind { get }
  /// d_H of the layers.
  var rows: Int { get }
  /// d_W of the layers.
  var columns: Int { get }
  /// r_T.
  var dimension: Int { get }
  /// Numbers of each tensor, in order.
  var sizes: [Int] { get }

  /// Tensors to start from: as PyTorch initialises linear layers by default, uniform within
  /// `1 / √columns` of each weight as it is shaped in files, and the same for its bias.
  func initial(_ generator: inout RandomSource) -> [[Float]]

  /// The forward pass of a shard of layers, prepared as the expert will prepare them.
  func forward(_ tensors: [[Float]], _ stack: LayerStack) -> ForwardPass

  /// The network that answers, over the same numbers.
  func network(_ tensors: [[Float]]) -> any LayerNetwork

  /// The tensors as files hold them, under their published names.
  func published(_ tensors: [[Float]]) -> [SafetensorsWriter.Tensor]
}

extension RandomSource {
  /// PyTorch's default start of a linear layer's weight or bias.
  mutating func uniform(count: Int, fanIn: Int) -> [Float] {
    let bound = 1 / Float(fanIn).squareRoot()
    return (0..<count).map { _ in uniform(bound: bound) }
  }
}
