import Foundation

/// Finds recordings whose bytes stand under several names.
enum DuplicateRecordings {
  /// The indices of those `paths` whose file has the same bytes as one before it, each with the index of the first; files
  /// that cannot be read have none.
  static func find(in paths: [String]) -> [(index: Int, first: Int)] {
    var indicesBySize: [Int: [Int]] = [:]
    for (index, path) in paths.enumerated() {
      guard let stamp = FileStamp(path: path) else { continue }
      indicesBySize[stamp.byteCount, default: []].append(index)
    }
    var duplicates: [(index: Int, first: Int)] = []
    for indices in indicesBySize.values where indices.count > 1 {
      var firstWithContent: [Data: Int] = [:]
      for index in indices {
        guard let content = FileManager.default.contents(atPath: paths[index]) else { continue }
        if let first = firstWithContent[content] {
          duplicates.append((index, first))
        } else {
          firstWithContent[content] = index
        }
      }
    }
    return duplicates.sorted { $0.index < $1.index }
  }
}
