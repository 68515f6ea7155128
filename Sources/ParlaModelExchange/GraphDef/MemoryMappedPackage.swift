import Foundation
import ParlaAcousticModel
import SwiftProtobuf

/// Where everything is in a memory-mapped package of TensorFlow.
///
/// Format: TensorFlow 1.15, `tensorflow/core/util/memmapped_file_system.h`: regions, a directory of them, and the offset of
/// the directory in the last eight bytes.
struct MemoryMappedPackage {
  /// Where each region is, by its name.
  private(set) var regions: [String: Range<Int>] = [:]

  /// Where the graph is.
  let graph: Range<Int>

  /// What all regions' names start with; the graph's ends in a full stop after it.
  static let prefix = "memmapped_package://"
  static let graphName = prefix + "."

  /// Whether regions are named near the end of `bytes`: they are those of a package, whole or not.
  static func isWithin(_ bytes: ModelBytes) -> Bool {
    let end = try? bytes.data(max(0, bytes.count - longestGraph)..<bytes.count)
    return end?.range(of: Data(prefix.utf8)) != nil
  }

  /// The graph, which names the regions, and the directory are shorter: the numbers are not in them.
  private static let longestGraph = 1 << 22

  /// Reads the directory of `bytes`; nil when they are no such package.
  ///
  /// - Throws: `ModelError.damaged`.
  init?(_ bytes: ModelBytes) throws(ModelError) {
    guard bytes.count > 8 else { return nil }
    let end = bytes.count - 8
    let start = try bytes.integer(UInt64.self, at: end)
    guard start < UInt64(end), end - Int(start) < 1 << 24,
      let directory = try? Tensorflow_MemmappedFileSystemDirectory(
        serializedBytes: try bytes.data(Int(start)..<end)),
      directory.element.contains(where: { $0.name == Self.graphName })
    else { return nil }
    let elements = directory.element.sorted { $0.offset < $1.offset }
    for (index, element) in elements.enumerated() {
      // Older writers say no length: then a region ends where the next one starts.
      let next = index + 1 < elements.count ? elements[index + 1].offset : start
      guard element.offset <= start, element.length <= start - element.offset,
        element.length > 0 || next >= element.offset
      else {
        throw .damaged(
          path: bytes.path, reason: "\(element.name) is not within the file")
      }
      let stop = element.length > 0 ? element.offset + element.length : min(next, start)
      regions[element.name] = Int(element.offset)..<Int(stop)
    }
    guard let graph = regions[Self.graphName] else { return nil }
    self.graph = graph
  }
}
