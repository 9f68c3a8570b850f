import Tensors

/// A weight file of a checkpoint.
package struct CheckpointFile: Sendable, Hashable {
  /// Its path.
  package let path: String
  /// Its size.
  package let byteCount: Int
  /// Which file it is; caches key on it.
  package let identity: FileIdentity
}

/// A model that a checkpoint says it was made from.
package struct DeclaredBase: Sendable, Hashable {
  /// A Hub id, or a path on the machine of whoever made the checkpoint.
  package let model: String
  /// What says so, such as `adapter_config.json`.
  package let source: String
}

/// A checkpoint that was found: its headers are read and checked, its weights are not read.
package struct Checkpoint: Sendable {
  /// How the weights are stored.
  package enum Format: String, Sendable, CaseIterable {
    /// One safetensors file.
    case safetensors
    /// Several safetensors files with an index.
    case sharded
    /// A LoRA adapter in one safetensors file.
    case adapter
  }

  /// The name that was asked for.
  package let name: String
  /// The file or folder that it led to.
  package let path: String
  /// How the weights are stored.
  package let format: Format
  /// The weight files; shards in the order of their names.
  package let files: [CheckpointFile]
  /// The header's own metadata, of the first shard if there are several.
  package let metadata: [(name: String, value: String)]
  /// Declared base models, each once, the most trusted source first.
  package let declaredBases: [DeclaredBase]
  /// All tensors, file by file in the order of their bytes. Offsets are in the tensor's own file.
  package let tensors: [TensorRecord]
  /// Weight matrices and LoRA pairs that can be asked for, in the order of their tensors.
  package let layers: [LayerRecord]
  /// What a user may want to know: how a scale was found, what was left out, and why.
  package let notes: [String]
  /// Why no layer can be read, when there is none: the reason of the first module that was refused.
  package let obstacle: CheckpointError?

  let sources: [SafetensorsFile]
  /// The place of each tensor's file in `sources`; nil when there is only one file.
  let shardOfTensor: [ExactName: Int]?
  let refused: [(module: String, error: CheckpointError)]
}

extension Checkpoint {
  /// Finds a checkpoint and reads its headers.
  ///
  /// - Parameters:
  ///   - name: a path (a file, a folder, a Hub cache folder `models--org--name` or one of its
  ///     snapshots, a shard index), a `file:` URI, or a Hub id `org/name[@revision]`. A path wins
  ///     over a Hub id of the same name.
  ///   - directory: the folder that relative paths start from; not used for ids.
  ///   - hub: the Hub cache that ids are looked up in. Nothing is downloaded.
  ///   - limits: how much may be read.
  /// - Throws: any kind but `.layerNotFound`, `.layerAmbiguous`, `.wrongShape`, `.notFinite` and
  ///   `.writeFailed`.
  ///
  /// Cost: a few system calls and the parsing of the headers, well below 1 ms for 200 tensors.
  package static func open(
    _ name: String, relativeTo directory: String, hub: HubCache, limits: ReadLimits = .init()
  ) throws(CheckpointError) -> Checkpoint {
    let found = try CheckpointName(name, relativeTo: directory, hub: hub)
    let weights = try WeightFiles(found)
    if let index = weights.index {
      return try CheckpointParts(shardsOf: index, limits: limits).checkpoint(name, weights)
    }
    guard let file = weights.file else {
      preconditionFailure("weights are one file or an index")
    }
    return try CheckpointParts(file: file, limits: limits).checkpoint(name, weights)
  }

  /// The layer of that name. Wrapper prefixes and `.weight` do not count on either side; a tensor's
  /// or module's full name always works.
  ///
  /// - Throws: `.layerNotFound` with the closest names, `.layerAmbiguous`, `.wrongShape` for a
  ///   tensor that is no matrix, or why the layer cannot be read (`.unsupported`, `.malformed`).
  package func layerRecord(named name: String) throws(CheckpointError) -> LayerRecord {
    let exact = ExactName(name)
    if let layer = layers.first(where: { layer in
      layer.tensorNames.contains { ExactName($0) == exact }
    }) {
      return layer
    }
    let canonical = ExactName(LayerName.canonical(name))
    let matches = layers.filter { ExactName($0.name) == canonical }
    if matches.count == 1 { return matches[0] }
    if matches.count > 1 {
      let modules = matches.filter { $0.tensorNames.contains { $0.hasPrefix(name + ".") } }
      if modules.count == 1 { return modules[0] }
      throw CheckpointError(
        .layerAmbiguous, self.name,
        problem: "several tensors answer to the layer \(quoted(name)): "
          + listed(matches.flatMap(\.tensorNames)),
        remedy: "Give the full name of the tensor that is meant")
    }
    throw noLayer(name, canonical)
  }

  /// Reads one layer.
  ///
  /// - Parameters:
  ///   - record: one of `layers`.
  ///   - scaling: whether a LoRA pair carries its scale.
  /// - Returns: `rows × columns`, all finite.
  /// - Throws: `.notFinite` naming the tensor and the place, `.unsupported` (element type),
  ///   `.limitExceeded`, `.changedWhileRead`, `.notFound`, `.unreadable`.
  ///
  /// Cost: reads the layer's bytes and no others, once.
  package func layer(
    _ record: LayerRecord, scaling: LoRAScaling = .apply
  ) throws(CheckpointError) -> Layer {
    let shapes = record.storedShapes
    let first = try matrix(record.tensorNames[0], rows: shapes[0].rows, columns: shapes[0].columns)
    guard let facts = record.lowRank else { return .full(first) }
    let down = first
    let up = try matrix(record.tensorNames[1], rows: shapes[1].rows, columns: shapes[1].columns)
    let scale = scaling == .apply ? facts.scale : 1
    if facts.transposed {
      // (B·A)ᵀ = Aᵀ·Bᵀ.
      return .lowRank(LowRank(scale: scale, up: down.transposed(), down: up.transposed()))
    }
    return .lowRank(LowRank(scale: scale, up: up, down: down))
  }

  private func matrix(
    _ name: String, rows: Int, columns: Int
  ) throws(CheckpointError) -> Matrix {
    guard let (file, tensor) = tensor(named: name) else {
      preconditionFailure("a layer is read from the checkpoint that it was found in")
    }
    return try file.matrix(tensor, rows: rows, columns: columns)
  }

  /// The tensor of that full name, and its file.
  func tensor(named name: String) -> (SafetensorsFile, TensorRecord)? {
    let file: SafetensorsFile
    if let shardOfTensor {
      guard let shard = shardOfTensor[ExactName(name)] else { return nil }
      file = sources[shard]
    } else {
      file = sources[0]
    }
    return file.tensor(named: name).map { (file, $0) }
  }

  /// Why no layer answers to `name`.
  private func noLayer(_ name: String, _ canonical: ExactName) -> CheckpointError {
    if let refusal = refused.first(where: {
      ExactName(LayerName.canonical($0.module)) == canonical
    }) {
      return refusal.error
    }
    if let tensor = tensors.first(where: { ExactName(LayerName.canonical($0.name)) == canonical }) {
      return CheckpointError(
        .wrongShape, self.name,
        problem:
          "\(quoted(name)) is no weight matrix: its shape is \(tensor.shapeDescription), its "
          + "type \(tensor.type.rawValue)",
        remedy: "Name a floating-point tensor of at least two dimensions")
    }
    if let obstacle { return obstacle }
    let names = ClosestNames.to(canonical.text, among: layers.map(\.name))
    return CheckpointError(
      .layerNotFound, self.name, problem: "it has no layer \(quoted(name))",
      remedy: names.isEmpty ? "It has no layers at all" : "The closest it has: \(listed(names))")
  }
}
