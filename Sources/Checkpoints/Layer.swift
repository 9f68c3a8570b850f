package import Tensors

/// One layer of a checkpoint, as its headers describe it: a weight matrix, or a LoRA adapter's
/// change of one. Of the weights nothing has been read.
package struct LayerRecord: Sendable, Hashable {
  /// Canonical name (`LayerName.canonical`).
  package let name: String
  /// d_H: the first dimension of the tensor.
  package let rows: Int
  /// d_W: the product of the others.
  package let columns: Int
  /// Type of the stored elements; of the A factor for a LoRA pair.
  package let type: ScalarType
  /// What makes it a LoRA pair; nil for a full matrix.
  package let lowRank: LowRankFacts?
  /// The tensor, or the two factors A and B.
  package let tensorNames: [String]
}

/// What is known about a LoRA pair before its factors are read.
package struct LowRankFacts: Sendable, Hashable {
  /// r: rows of A, columns of B.
  package let rank: Int
  /// LoRA's alpha, where anything states it.
  package let alpha: Float?
  /// What B·A is multiplied by: alpha/r, alpha/√r for rank-stabilised LoRA, 1 without an alpha.
  package let scale: Float
  /// Whether the base model stores this weight as inputs × outputs (`fan_in_fan_out`), so that the
  /// layer is (B·A)ᵀ.
  package let transposed: Bool
}

/// Whether a LoRA layer carries its scale.
package enum LoRAScaling: String, Sendable, CaseIterable {
  /// ΔW = scale·B·A, what the adapter does to its model.
  case apply
  /// ΔW = B·A, as the published ProbeX code has it; for experts trained by that.
  case ignore
}

/// The weights of one layer, `rows × columns`, all of them finite.
package enum Layer: Sendable, Equatable {
  case full(Matrix)
  case lowRank(LowRank)

  /// d_H.
  package var rows: Int {
    switch self {
    case .full(let matrix): matrix.rows
    case .lowRank(let pair): pair.up.rows
    }
  }

  /// d_W.
  package var columns: Int {
    switch self {
    case .full(let matrix): matrix.columns
    case .lowRank(let pair): pair.down.columns
    }
  }
}

/// A LoRA layer scale·B·A in its factors. They are only defined up to an invertible r×r matrix
/// between them, so only their product means anything; forming it was measured 18 to 62 times
/// slower than working with the factors.
package struct LowRank: Sendable, Equatable {
  /// What the product is multiplied by.
  package let scale: Float
  /// B, `d_H × r`.
  package let up: Matrix
  /// A, `r × d_W`.
  package let down: Matrix

  /// A pair of factors; columns of `up` and rows of `down` must be equally many.
  package init(scale: Float, up: Matrix, down: Matrix) {
    precondition(up.columns == down.rows, "both factors have the same rank")
    self.scale = scale
    self.up = up
    self.down = down
  }
}
