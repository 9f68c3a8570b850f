/// The opened files of a checkpoint, before its layers are known.
struct CheckpointParts {
  private let sources: [SafetensorsFile]
  private let tensors: [TensorRecord]
  private let shardOfTensor: [ExactName: Int]?
  private var notes: [String] = []

  /// One file.
  init(file path: String, limits: ReadLimits) throws(CheckpointError) {
    let source = try SafetensorsFile(path: path, limits: limits)
    sources = [source]
    tensors = source.tensors
    shardOfTensor = nil
  }

  /// All files of an index, each of which must have what the index says it has.
  init(shardsOf indexPath: String, limits: ReadLimits) throws(CheckpointError) {
    let index = try ShardIndex(path: indexPath)
    let folder = indexPath.lastIndex(of: "/").map { String(indexPath[...$0]) } ?? ""
    var sources: [SafetensorsFile] = []
    var shardNumbers: [ExactName: Int] = [:]
    for (number, shard) in index.shards.enumerated() {
      do throws(CheckpointError) {
        sources.append(try SafetensorsFile(path: join(folder, shard), limits: limits))
      } catch  where error.kind == .notFound {
        throw CheckpointError(
          .notFound, indexPath, problem: "the shard \(quoted(shard)) that it names is missing",
          remedy: "Download the missing file into the same folder")
      }
      shardNumbers[ExactName(shard)] = number
    }
    var shardOfTensor: [ExactName: Int] = [:]
    shardOfTensor.reserveCapacity(index.entries.count)
    for (tensor, shard) in index.entries {
      guard let number = shardNumbers[ExactName(shard)],
        sources[number].tensor(named: tensor) != nil
      else {
        throw ShardIndex.fault(
          indexPath, "tensor \(quoted(tensor)) is not in \(quoted(shard)), where it says it is")
      }
      shardOfTensor[ExactName(tensor)] = number
    }
    var tensors: [TensorRecord] = []
    for (number, source) in sources.enumerated() {
      tensors += source.tensors.filter { shardOfTensor[ExactName($0.name)] == number }
    }
    let unlisted = sources.reduce(0) { $0 + $1.tensors.count } - tensors.count
    if unlisted > 0 {
      notes.append("tensors that the index does not name were left out: \(unlisted)")
    }
    self.sources = sources
    self.tensors = tensors
    self.shardOfTensor = shardOfTensor
  }

  /// Everything put together.
  ///
  /// - Throws: as `AdapterConfig.init`.
  func checkpoint(_ name: String, _ weights: WeightFiles) throws(CheckpointError) -> Checkpoint {
    let metadata = sources[0].metadata
    var notes = weights.notes + self.notes
    let roles = tensors.map { (record: $0, role: TensorRole($0.name)) }
    let isAdapter = roles.contains { $0.role != .plain }
    let (scaling, config) = isAdapter ? try scaling(weights, notes: &notes) : (.none, nil)
    let table = LayerTable(roles, scaling: scaling, subject: name)
    notes += Self.notes(on: table)
    return Checkpoint(
      name: name, path: weights.path,
      format: shardOfTensor != nil ? .sharded : isAdapter ? .adapter : .safetensors,
      files: sources.map {
        CheckpointFile(path: $0.path, byteCount: $0.identity.size, identity: $0.identity)
      },
      metadata: metadata,
      declaredBases: DeclaredBases.all(
        adapter: config, metadata: metadata, modelConfig: weights.config),
      tensors: tensors, layers: table.layers, notes: notes,
      obstacle: table.layers.isEmpty ? table.refused.first?.error : nil,
      sources: sources, shardOfTensor: shardOfTensor, refused: table.refused)
  }

  /// Where the scale of LoRA pairs comes from.
  private func scaling(
    _ weights: WeightFiles, notes: inout [String]
  ) throws(CheckpointError) -> (LoRAScale, AdapterConfig?) {
    if let path = weights.adapterConfig {
      let config = try AdapterConfig(path: path)
      if config.fanInFanOut {
        notes.append("fan_in_fan_out: a layer is (B·A) transposed, as its base model stores it")
      }
      return (.configuration(config), config)
    }
    let source = sources[0]
    if source.metadata(named: "lora_adapter_metadata") != nil {
      let refusal = CheckpointError(
        .unsupported, source.path,
        problem:
          "its scale stands in the header's lora_adapter_metadata, which probexd does not read",
        remedy: "Save the adapter with PEFT, which writes an adapter_config.json beside it")
      return (.refused(refusal), nil)
    }
    for name in ["lora_alpha", "alpha"] {
      guard let text = source.metadata(named: name) else { continue }
      if let alpha = Double(text), alpha.isFinite {
        notes.append("no adapter_config.json: alpha \(text) was taken from the header's \(name)")
        return (.header(alpha: alpha), nil)
      }
      notes.append("the header's \(name) is no number and was not used: \(quoted(text))")
    }
    notes.append("nothing states alpha: the LoRA pairs were taken with scale 1 (alpha = rank)")
    return (.none, nil)
  }

  private static func notes(on table: LayerTable) -> [String] {
    guard let first = table.refused.first else { return [] }
    let count = table.refused.count
    return [
      "\(count) adapted module\(count == 1 ? "" : "s") cannot be read: \(first.error.problem)"
    ]
  }
}

/// What a checkpoint says it was made from.
enum DeclaredBases {
  /// The adapter's configuration first, then the header's own metadata, then the model's
  /// configuration, which transformers fills with whatever path the training started from.
  static func all(
    adapter: AdapterConfig?, metadata: [(name: String, value: String)], modelConfig: String?
  ) -> [DeclaredBase] {
    var bases: [DeclaredBase] = []
    func add(_ model: String?, _ source: String) {
      guard let model, !model.isEmpty, !bases.contains(where: { $0.model == model }) else { return }
      bases.append(DeclaredBase(model: model, source: source))
    }
    add(adapter?.baseModel, "adapter_config.json")
    for name in ["base_model", "base_model_name_or_path"] {
      for entry in metadata where entry.name == name { add(entry.value, "header metadata \(name)") }
    }
    if let modelConfig {
      // A broken configuration takes nothing away from weights that can be read without it.
      let bytes = try? CheckedFile.contents(of: modelConfig, limit: 4 << 20)
      let fields = bytes.flatMap { try? ConfigFields($0, path: modelConfig) }
      add((try? fields?.text("_name_or_path")) ?? nil, "config.json")
    }
    return bases
  }
}

/// Names that a mistyped one may stand for.
enum ClosestNames {
  /// The five names of least edit distance, closest first, equal ones in their order.
  ///
  /// Cost: product of the lengths for each of at most 2,000 names.
  static func to(_ wanted: String, among names: [String]) -> [String] {
    let target = Array(wanted.utf8.prefix(128))
    let scored = names.prefix(2000).enumerated().map { place, name in
      (distance: distance(target, Array(name.utf8.prefix(128))), place: place, name: name)
    }
    return scored.sorted { ($0.distance, $0.place) < ($1.distance, $1.place) }.prefix(5).map(\.name)
  }

  /// Insertions, deletions and replacements that turn one text into the other.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let change = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = Swift.min(change, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}
