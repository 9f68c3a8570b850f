import Checkpoints
package import Tensors

/// Looks the tensors of a network up by their names, and says exactly which one is wrong.
package struct TensorSource {
  let path: String
  let tensors: [SafetensorsWriter.Tensor]
  /// What stands before every name: `members.1.` for the second member of an expert, nothing for
  /// an only one, whose names are the published ones.
  let prefix: String

  init(path: String, tensors: [SafetensorsWriter.Tensor], prefix: String = "") {
    self.path = path
    self.tensors = tensors
    self.prefix = prefix
  }

  func has(_ name: String) -> Bool { tensors.contains { $0.name == prefix + name } }

  func wrong(_ name: String, _ problem: String) -> ExpertError {
    ExpertError(
      path, problem: "its tensor “\(prefix + name)” \(problem).",
      remedy:
        "Export the expert again; names and shapes are those of the published ProbeX or MVProbe.")
  }

  private func floats(_ name: String, rank: Int) throws(ExpertError) -> ([Int], [Float]) {
    guard let tensor = tensors.first(where: { $0.name == prefix + name }) else {
      throw wrong(name, "is missing")
    }
    guard tensor.shape.count == rank else {
      throw wrong(name, "has \(tensor.shape.count) dimensions instead of \(rank)")
    }
    guard FloatDecoding.isSupported(tensor.type) else {
      throw wrong(name, "is stored as \(tensor.type.rawValue), not as a floating-point type")
    }
    let count = tensor.shape.reduce(1, *)
    let values = FloatDecoding.floats(of: tensor.type, count: count, bytes: tensor.bytes)
    guard values.allSatisfy(\.isFinite) else { throw wrong(name, "holds NaN or infinity") }
    return (tensor.shape, values)
  }

  /// A tensor of two dimensions.
  package func matrix(_ name: String) throws(ExpertError) -> Matrix {
    let (shape, values) = try floats(name, rank: 2)
    return Matrix(rows: shape[0], columns: shape[1], values: values)
  }

  /// A tensor of one dimension.
  package func vector(_ name: String) throws(ExpertError) -> [Float] {
    try floats(name, rank: 1).1
  }

  /// `name.weight` with `name.bias`.
  package func linear(_ name: String) throws(ExpertError) -> Linear {
    try Linear(
      weight: try matrix(name + ".weight"), bias: try vector(name + ".bias"), subject: path,
      name: name)
  }

  /// The network of that kind, which reads the given layer.
  func network(
    _ kind: NetworkKind, reading layer: ExpertFacts.LayerShape
  ) throws(ExpertError) -> any LayerNetwork {
    switch kind {
    case .probeX: try ProbeX(self)
    case .mvProbe: try MVProbe(self)
    case .dense: try DenseReader(layer, subject: path)
    case .statNN: try StatNN(self, layer)
    case .logGram: try LogGram(self, layer)
    case .direction: try DirectionReader(self)
    }
  }

  /// The published network whose names the tensors bear, by the first of them; a ProbeX where no
  /// name is known, so that its missing tensor is named.
  func publishedNetwork() throws(ExpertError) -> any LayerNetwork {
    if has(MVProbe.tensorNames[0]) { return try MVProbe(self) }
    return try ProbeX(self)
  }
}

extension NetworkKind {
  /// The names of the network's tensors in files, without those of its head.
  package var tensorNames: [String] {
    switch self {
    case .probeX: ProbeX.tensorNames
    case .mvProbe: MVProbe.tensorNames
    case .dense: []
    case .statNN: StatNN.tensorNames
    case .logGram: LogGram.tensorNames
    case .direction: DirectionReader.tensorNames
    }
  }
}
