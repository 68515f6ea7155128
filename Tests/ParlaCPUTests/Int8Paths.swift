import Foundation

/// The path of products with 8 and 4 bits is chosen for the whole process, and sums are rounded in its order: tests that choose one, or
/// compare bits, take turns.
enum Int8Paths {
  static let turn = NSLock()
}
