import Tensors

/// One layer in the numbers of its file: in 16 bits it takes half the memory of a `Layer`, and is
/// decoded when it is needed.
package struct PackedLayer: Sendable, Equatable {
  /// A tensor as it is stored.
  struct Stored: Sendable, Equatable {
    let type: ScalarType
    let rows: Int
    let columns: Int
    let bytes: [UInt8]

    var matrix: Matrix {
      Matrix(
        rows: rows, columns: columns,
        values: FloatDecoding.floats(of: type, count: rows * columns, bytes: bytes))
    }
  }

  /// The matrix, or the factors A and B.
  let tensors: [Stored]
  /// What makes it a LoRA pair; nil for a full matrix.
  let lowRank: LowRankFacts?
  let scaling: LoRAScaling

  /// The layer in single precision. Costs the decoding.
  package var layer: Layer {
    guard let lowRank else { return .full(tensors[0].matrix) }
    let (down, up) = (tensors[0].matrix, tensors[1].matrix)
    let scale = scaling == .apply ? lowRank.scale : 1
    if lowRank.transposed {
      // (B·A)ᵀ = Aᵀ·Bᵀ.
      return .lowRank(LowRank(scale: scale, up: down.transposed(), down: up.transposed()))
    }
    return .lowRank(LowRank(scale: scale, up: up, down: down))
  }

  /// Whether it is a LoRA pair.
  package var isLowRank: Bool { lowRank != nil }

  /// Bytes that its numbers occupy.
  package var byteCount: Int { tensors.reduce(0) { $0 + $1.bytes.count } }

  /// Adds all that it is to a digest.
  package func add(to digest: inout ContentDigest) {
    for tensor in tensors {
      digest.add(tensor.type.rawValue)
      digest.add(tensor.rows)
      digest.add(tensor.bytes)
    }
    guard let lowRank else { return }
    digest.add([scaling == .apply ? lowRank.scale : 1, lowRank.transposed ? 1 : 0])
  }

  /// Whether every number of it has 16 bits.
  package var isHalf: Bool { tensors.allSatisfy { $0.type.bits == 16 } }
}

extension Checkpoint {
  /// Reads one layer and leaves its numbers as they are stored; `layer` of the result is what
  /// `layer(record, scaling:)` gives.
  ///
  /// - Throws: as `layer(_:scaling:)`.
  ///
  /// Cost: reads the layer's bytes and no others, once, and decodes them once to see that they are
  /// finite.
  package func packedLayer(
    _ record: LayerRecord, scaling: LoRAScaling = .apply
  ) throws(CheckpointError) -> PackedLayer {
    var tensors: [PackedLayer.Stored] = []
    for (name, shape) in zip(record.tensorNames, record.storedShapes) {
      guard let (file, tensor) = tensor(named: name) else {
        preconditionFailure("a layer is read from the checkpoint that it was found in")
      }
      tensors.append(
        PackedLayer.Stored(
          type: tensor.type, rows: shape.rows, columns: shape.columns,
          bytes: try file.finiteBytes(tensor, columns: shape.columns)))
    }
    return PackedLayer(tensors: tensors, lowRank: record.lowRank, scaling: scaling)
  }
}

extension LayerRecord {
  /// Rows and columns of the matrix, or of the factors A and B, as they are stored.
  var storedShapes: [(rows: Int, columns: Int)] {
    guard let facts = lowRank else { return [(rows, columns)] }
    let (outer, inner) = facts.transposed ? (columns, rows) : (rows, columns)
    return [(facts.rank, inner), (outer, facts.rank)]
  }
}
