import Tensors

/// The layers that a checkpoint's tensors make, and why others cannot be read.
struct LayerTable {
  /// In the order of their first tensors.
  private(set) var layers: [LayerRecord] = []
  /// Modules whose weights are there but cannot be read, with the reason, in the same order.
  private(set) var refused: [(module: String, error: CheckpointError)] = []
  private var modules: [Module] = []
  private var places: [ExactName: Int] = [:]

  /// The tensors of one adapted module.
  private struct Module {
    let name: String
    var down: TensorRecord?
    var up: TensorRecord?
    var dialect: String?
    var hasSeveral = false

    mutating func add(_ tensor: TensorRecord, _ side: TensorRole.Side) {
      switch side {
      case .down:
        hasSeveral = hasSeveral || down != nil
        down = tensor
      case .up:
        hasSeveral = hasSeveral || up != nil
        up = tensor
      }
    }
  }

  private enum Entry {
    case tensor(TensorRecord)
    case module(Int)
  }

  /// - Parameters:
  ///   - tensors: all tensors, in order, each with what its name says it is for.
  ///   - scaling: where the scale of LoRA pairs comes from.
  ///   - subject: the checkpoint, as errors name it.
  init(_ tensors: [(record: TensorRecord, role: TensorRole)], scaling: LoRAScale, subject: String) {
    var entries: [Entry] = []
    entries.reserveCapacity(tensors.count)
    for (tensor, role) in tensors {
      switch role {
      case .plain: entries.append(.tensor(tensor))
      case .factor(let name, let side):
        let (place, isNew) = place(of: name)
        modules[place].add(tensor, side)
        if isNew { entries.append(.module(place)) }
      case .foreign(let name, let dialect):
        let (place, isNew) = place(of: name)
        modules[place].dialect = dialect
        if isNew { entries.append(.module(place)) }
      }
    }
    for case .tensor(let tensor) in entries { markAlpha(tensor) }
    for entry in entries {
      switch entry {
      case .tensor(let tensor):
        if let layer = Self.fullLayer(tensor) { layers.append(layer) }
      case .module(let place):
        do throws(CheckpointError) {
          layers.append(try Self.pair(modules[place], scaling: scaling, subject: subject))
        } catch {
          refused.append((modules[place].name, error))
        }
      }
    }
  }

  private mutating func place(of module: String) -> (place: Int, isNew: Bool) {
    if let place = places[ExactName(module)] { return (place, false) }
    modules.append(Module(name: module))
    places[ExactName(module)] = modules.count - 1
    return (modules.count - 1, true)
  }

  /// A scalar `MODULE.alpha` beside a module's factors is kohya's way to scale them.
  private mutating func markAlpha(_ tensor: TensorRecord) {
    let ending = ".alpha"
    guard !modules.isEmpty, tensor.name.hasSuffix(ending),
      let place = places[ExactName(String(tensor.name.dropLast(ending.count)))]
    else { return }
    modules[place].dialect = modules[place].dialect ?? "kohya LoRA (its alpha is a tensor)"
  }

  /// Types whose elements are numbers of a weight matrix, read or only known by name. Integers and
  /// truth values are positions, masks and codes of quantised weights.
  private static func isWeight(_ type: ScalarType) -> Bool {
    switch type {
    case .bool, .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64, .c64: false
    default: true
    }
  }

  /// A tensor of two to five dimensions as out × everything else, which for a convolution is
  /// `out × in·kh·kw`. One-dimensional tensors, scalars and empty tensors are no layers.
  private static func fullLayer(_ tensor: TensorRecord) -> LayerRecord? {
    guard (2...5).contains(tensor.shape.count), tensor.elementCount > 0, isWeight(tensor.type)
    else { return nil }
    return LayerRecord(
      name: LayerName.canonical(tensor.name), rows: tensor.shape[0],
      columns: tensor.elementCount / tensor.shape[0], type: tensor.type, lowRank: nil,
      tensorNames: [tensor.name])
  }

  private static func pair(
    _ module: Module, scaling: LoRAScale, subject: String
  ) throws(CheckpointError) -> LayerRecord {
    func fault(_ kind: CheckpointError.Kind, _ problem: String, _ remedy: String) -> CheckpointError
    {
      CheckpointError(kind, subject, problem: problem, remedy: remedy)
    }
    // Only an error needs it; escaping costs more than everything else here.
    var name: String { quoted(module.name) }
    if let dialect = module.dialect {
      throw fault(
        .unsupported, "module \(name) is \(dialect)",
        "Convert it to PEFT's LoRA format, or merge it into its base model")
    }
    if module.hasSeveral {
      throw fault(
        .unsupported, "module \(name) has the factors of several adapters",
        "Save one adapter a file")
    }
    guard let down = module.down, let up = module.up else {
      let (present, absent) = module.down == nil ? ("B (up)", "A (down)") : ("A (down)", "B (up)")
      throw fault(
        .malformed, "module \(name) has the LoRA factor \(present) without \(absent)",
        "Download or save the adapter again")
    }
    guard down.shape.count >= 2, up.shape.count >= 2, down.elementCount > 0, up.elementCount > 0,
      down.shape[0] == up.shape[1], up.elementCount == up.shape[0] * up.shape[1]
    else {
      throw fault(
        .wrongShape,
        "the LoRA factors of module \(name) do not fit: A is \(down.shapeDescription), B is "
          + "\(up.shapeDescription), and A's rows must be B's columns",
        "Download or save the adapter again")
    }
    let facts = try scaling.facts(of: module.name, rank: down.shape[0])
    let (rows, columns) = (up.shape[0], down.elementCount / down.shape[0])
    return LayerRecord(
      name: LayerName.canonical(module.name), rows: facts.transposed ? columns : rows,
      columns: facts.transposed ? rows : columns, type: down.type, lowRank: facts,
      tensorNames: [down.name, up.name])
  }
}
