import Library
import TestSupport

/// The bundled library, loaded once for all tests.
enum ExampleLibrary {
  static let options = LibraryOptions(
    directory: Repository.example("checkpoints"),
    hubCache: Repository.example("checkpoints/hub"))

  static let snapshot = LibraryLoader.load(Repository.example("library"), options: options)

  static let adapter = "lora-seen/model_idx_0002"
  static let unseen = "lora-held-out/model_idx_0003"
  static let vision = "hub/models--zoo--vit-sup-a-0141"
  static let stranger = "hub/models--zoo--vit-mae-0141"
}
