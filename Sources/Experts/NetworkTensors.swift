package import Checkpoints
import Tensors

/// The tensors of an expert, found by their published names and put together.
package struct NetworkTensors {
  package let network: ProbeX
  package let head: Head

  /// - Throws: `ExpertError` naming the file and the tensor that is missing, unknown, of another
  ///   shape or type, or not finite.
  package init(_ tensors: [SafetensorsWriter.Tensor], path: String) throws(ExpertError) {
    let source = TensorSource(path: path, tensors: tensors)
    network = try ProbeX(
      probes: try source.matrix("probes.weight"),
      projection: try source.matrix("shared_probe_proj.weight"),
      encoder: try source.matrix("per_probe_encoders.weight"),
      encoderBias: try source.vector("per_probe_encoders.bias"),
      subject: path)
    switch (source.has("classification_head.weight"), source.has("regression_head.weight")) {
    case (true, false):
      head = .categories(try source.linear("classification_head"))
      try source.refuseStrangers(head: "classification_head")
    case (false, true):
      head = .text(try source.linear("regression_head"))
      try source.refuseStrangers(head: "regression_head")
    case (true, true):
      throw ExpertError(
        path, problem: "has a classification_head and a regression_head.",
        remedy: "Export one expert for each head.")
    case (false, false):
      throw ExpertError(
        path, problem: "has neither classification_head.weight nor regression_head.weight.",
        remedy: "Import a trained ProbeX expert; other networks are not supported here.")
    }
  }
}

/// Looks tensors up by name.
private struct TensorSource {
  let path: String
  let tensors: [SafetensorsWriter.Tensor]

  func has(_ name: String) -> Bool { tensors.contains { $0.name == name } }

  private func wrong(_ name: String, _ problem: String) -> ExpertError {
    ExpertError(
      path, problem: "its tensor “\(name)” \(problem).",
      remedy:
        "Export the expert again; the names and shapes are those of the published ProbeX code.")
  }

  private func floats(_ name: String, rank: Int) throws(ExpertError) -> ([Int], [Float]) {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
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

  func matrix(_ name: String) throws(ExpertError) -> Matrix {
    let (shape, values) = try floats(name, rank: 2)
    return Matrix(rows: shape[0], columns: shape[1], values: values)
  }

  func vector(_ name: String) throws(ExpertError) -> [Float] {
    try floats(name, rank: 1).1
  }

  func linear(_ name: String) throws(ExpertError) -> Linear {
    try Linear(
      weight: try matrix(name + ".weight"), bias: try vector(name + ".bias"), subject: path,
      name: name)
  }

  /// Refuses tensors that no part of the network has used: they belong to another architecture,
  /// whose answers this one would not give.
  func refuseStrangers(head: String) throws(ExpertError) {
    let used = [
      "probes.weight", "shared_probe_proj.weight", "per_probe_encoders.weight",
      "per_probe_encoders.bias", head + ".weight", head + ".bias",
    ]
    guard let stranger = tensors.first(where: { !used.contains($0.name) }) else { return }
    throw ExpertError(
      path, problem: "has the tensor “\(stranger.name)”, which no ProbeX expert of its kind has.",
      remedy: "Import a ProbeX expert; other networks are not supported here.")
  }
}
