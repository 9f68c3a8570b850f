/// What a file seems to be when it is no safetensors file, by its first bytes.
///
/// Nothing is recognised where the first eight bytes could be the size of a header: those of a
/// safetensors file that was cut short look like the start of a pickle or of a JSON text by chance.
struct FileSignature {
  /// `.unsupported` for weights in another format, `.notACheckpoint` for anything else.
  let kind: CheckpointError.Kind
  /// One sentence without a full stop.
  let problem: String
  /// What to do.
  let remedy: String

  private static let convert =
    "Convert it to safetensors (for PyTorch: load it with weights_only=True and save it with "
    + "safetensors.torch.save_file)"
  private static let downloadAgain =
    "Download the file itself, for example with `hf download` or `git lfs pull`"

  /// - Parameter head: the first bytes of the file; some hundreds are enough.
  init?(head: ArraySlice<UInt8>) {
    func starts(_ text: String) -> Bool { head.starts(with: text.utf8) }
    func starts(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
    let announced = head.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if head.count >= 8, announced <= UInt64(ReadLimits.greatestHeader) { return nil }
    // What comes first in the file's text, whatever its case and the space before it.
    let text = String(
      decoding: head.prefix(256).drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }, as: UTF8.self
    ).lowercased()
    if starts("version https://git-lfs.github.com/") {
      self.init(
        .notACheckpoint, "it is a Git LFS pointer, a short text that stands for the weights",
        Self.downloadAgain)
    } else if starts("PK\u{3}\u{4}") {
      let isTorch = Self.contains("data.pkl", in: head.prefix(512))
      self.init(
        .unsupported,
        isTorch ? "it is a PyTorch archive (a zip file with pickled objects)" : "it is a zip file",
        Self.convert)
    } else if let first = head.first, first == 0x80, head.dropFirst().first ?? 0xFF <= 5 {
      self.init(
        .unsupported, "it is a PyTorch archive of the old kind, or another pickle", Self.convert)
    } else if starts("GGUF") || starts("GGML") || starts("tjgg") || starts("lmgg") {
      self.init(
        .unsupported, "it is a GGUF or GGML file", "Name the safetensors version of the model")
    } else if starts([0x89] + Array("HDF\r\n".utf8)) {
      self.init(.unsupported, "it is an HDF5 file, as Keras writes", Self.convert)
    } else if starts([0x93] + Array("NUMPY".utf8)) {
      self.init(.unsupported, "it is a NumPy array file", Self.convert)
    } else if text.hasPrefix("<!doctype") || text.hasPrefix("<html") || text.hasPrefix("<?xml") {
      self.init(
        .notACheckpoint,
        "it is a web page or another XML text, not weights; a failed download looks so",
        Self.downloadAgain)
    } else if text.hasPrefix("{") || text.hasPrefix("[") {
      self.init(.notACheckpoint, "it is a JSON text, not weights", "Name the weight file beside it")
    } else if starts([0x1F, 0x8B]) || starts([0x28, 0xB5, 0x2F, 0xFD]) || starts("BZh") {
      self.init(.notACheckpoint, "it is a compressed file", "Unpack it first")
    } else {
      return nil
    }
  }

  private init(_ kind: CheckpointError.Kind, _ problem: String, _ remedy: String) {
    self.kind = kind
    self.problem = problem
    self.remedy = remedy
  }

  private static func contains(_ text: String, in bytes: ArraySlice<UInt8>) -> Bool {
    let wanted = Array(text.utf8)
    return bytes.indices.contains { bytes[$0...].starts(with: wanted) }
  }
}
