/// The parameters of a method that takes none.
package struct NoParams: Codable, Sendable, Hashable {
  package init() {}
}
