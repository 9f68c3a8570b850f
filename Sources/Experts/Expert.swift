package import Checkpoints
package import Tensors

/// A trained expert together with what it says about itself: one network that reads one layer, or
/// several members whose answers are added up.
///
/// With several members the representation is theirs side by side. Of a text expert each part is
/// brought to length 1 and multiplied with the root of its weight's share, and so are the
/// directions of texts, so that one cosine is the weighted mean of the members' cosines. Of other
/// experts the logits are the weighted sum.
package struct Expert: Sendable {
  /// What the expert says about itself.
  package let facts: ExpertFacts
  /// As many as `facts.readings`, in their order.
  package let members: [ExpertMember]
  /// Weights divided by their sum.
  private let shares: [Float]

  /// Facts and members that go together.
  ///
  /// - Throws: `ExpertError` naming `subject` where the facts contradict the tensors.
  package init(
    facts: ExpertFacts, members: [ExpertMember], subject: String
  ) throws(ExpertError) {
    self.facts = facts
    self.members = members
    let sum = facts.readings.reduce(0) { $0 + $1.weight }
    shares = facts.readings.map { $0.weight / sum }
    precondition(members.count == facts.readings.count, "one member for each reading")
    for (reading, member) in zip(facts.readings, members) {
      if let problem = Self.contradiction(facts.output, reading, member) {
        throw ExpertError(
          subject, problem: problem,
          remedy: "Import the expert again with the layer and labels that it was trained with.")
      }
    }
  }

  /// The first thing in which facts and tensors disagree.
  private static func contradiction(
    _ output: ExpertFacts.Output, _ reading: ExpertFacts.Reading, _ member: ExpertMember
  ) -> String? {
    let (layer, network, head) = (reading.layer, member.network, member.head)
    if layer.rows != network.rows || layer.columns != network.columns {
      return "says that it reads layers of \(layer.rows)×\(layer.columns), but its network reads "
        + "\(network.rows)×\(network.columns)."
    }
    if let centre = member.preparation.centre,
      (centre.rows, centre.columns) != (layer.rows, layer.columns)
    {
      return "says that it reads layers of \(layer.rows)×\(layer.columns), but its centre is "
        + "\(centre.rows)×\(centre.columns)."
    }
    if case .text(let space, _, _) = output {
      if head.weight.rows != network.dimension {
        return "regression_head.weight has \(head.weight.rows) rows, but representations have "
          + "\(network.dimension) numbers."
      }
      if head.weight.columns != space.dimension {
        return "says that its text embeddings have \(space.dimension) numbers, but "
          + "regression_head.weight has \(head.weight.columns) columns."
      }
      return nil
    }
    if head.weight.columns != network.dimension {
      return "classification_head.weight has \(head.weight.columns) columns, but "
        + "representations have \(network.dimension) numbers."
    }
    let outputs = output.labels?.count ?? 1
    if head.weight.rows != outputs {
      return "has \(outputs) labels, but classification_head.weight has \(head.weight.rows) rows."
    }
    return nil
  }

  /// r_T, or the sum of the members'.
  package var dimension: Int { members.reduce(0) { $0 + $1.network.dimension } }

  /// Bytes that its numbers occupy in memory.
  package var byteCount: Int {
    members.reduce(0) { $0 + $1.parameterCount } * MemoryLayout<Float>.stride
  }

  /// Whether answers are cosines with texts.
  private var isText: Bool { if case .text = facts.output { true } else { false } }

  /// The members' representations of the same n checkpoints as one, `n × dimension`.
  package func joined(_ parts: [Matrix]) -> Matrix {
    precondition(parts.count == members.count, "one part of each member")
    guard parts.count > 1 else { return parts[0] }
    return Self.beside(isText ? zip(parts, shares).map(Self.weighted) : parts)
  }

  /// The representations of checkpoints of which each member's layers are given, `n × dimension`.
  package func represent(_ layers: [[Layer]]) -> Matrix {
    joined(zip(members, layers).map { $0.represent($1) })
  }

  /// The representations of layers, for an expert whose members read the same one.
  package func represent(_ layers: [Layer]) -> Matrix {
    precondition(facts.layers.count == 1, "several layers are read")
    return represent(members.map { _ in layers })
  }

  /// What n representations say about the expert's labels or number, `n × outputs`, calibrated.
  package func outputs(_ representations: Matrix) -> Matrix {
    var result: Matrix?
    var start = 0
    for (member, share) in zip(members, shares) {
      let range = start..<start + member.network.dimension
      start = range.upperBound
      let part = members.count == 1 ? representations : representations.selectingColumns(range)
      var outputs = member.head.forward(part)
      if members.count > 1 {
        for index in outputs.values.indices { outputs.values[index] *= share }
      }
      result = result.map { $0.adding(outputs) } ?? outputs
    }
    guard var result else { preconditionFailure("an expert has members") }
    let calibration = facts.calibration
    if calibration != .none {
      for index in result.values.indices {
        result.values[index] = calibration.slope * result.values[index] + calibration.intercept
      }
    }
    return result
  }

  /// Text embeddings `m × d_text` as directions among representations, `m × dimension`, each of
  /// length 1. Computed once for a resident table, not for each request.
  package func directions(_ embeddings: Matrix) -> Matrix {
    let parts = members.map { $0.head.forward(embeddings) }
    guard parts.count > 1 else { return parts[0].normalizingRows() }
    return Self.beside(zip(parts, shares).map(Self.weighted))
  }

  private static func weighted(_ part: Matrix, _ share: Float) -> Matrix {
    var result = part.normalizingRows()
    for index in result.values.indices { result.values[index] *= share.squareRoot() }
    return result
  }

  private static func beside(_ parts: [Matrix]) -> Matrix {
    let columns = parts.reduce(0) { $0 + $1.columns }
    var values: [Float] = []
    values.reserveCapacity(parts[0].rows * columns)
    for row in 0..<parts[0].rows {
      for part in parts { values.append(contentsOf: part.row(row)) }
    }
    return Matrix(rows: parts[0].rows, columns: columns, values: values)
  }
}
