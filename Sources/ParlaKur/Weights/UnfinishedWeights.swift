import Foundation
import ParlaFiles

/// All weights of a folder while they are being written: an archive next to the files, so that readers see either the old or the new ones, whenever
/// the writing ends.
enum UnfinishedWeights {
  private static let name = ".unfinished.npz"

  /// Writes `weights` to the folder at `path`, a file for each.
  ///
  /// - Throws: `KurError.file`.
  static func write(
    _ weights: [(name: String, shape: [Int], values: [Float])], to path: String
  ) throws(KurError) {
    let archive = path.appendingName(name)
    do {
      try NumPyArchive(
        weights.map { .init(name: $0.name, array: NumPyArray(shape: $0.shape, values: $0.values)) }
      ).write(to: archive)
    } catch { throw .file(.unwritable(path: archive, reason: systemReason(error))) }
    for weight in weights {
      try IDXArray(shape: weight.shape, values: weight.values).write(
        to: path.appendingName(weight.name + ".kur"))
    }
    try? FileManager.default.removeItem(atPath: archive)
  }

  /// What the folder at `path` was to have when its writing ended early; nil where it did not, or somebody has written there since.
  static func read(_ path: String) -> NumPyArchive? {
    let file = path.appendingName(name)
    guard let began = date(file), let archive = try? NumPyArchive(path: file) else { return nil }
    for member in archive.arrays {
      let weight = path.appendingName(member.name + ".kur")
      guard let date = date(weight), date > began else { continue }
      guard let found = try? IDXArray(path: weight), found.shape == member.array.shape,
        found.floats == member.array.values
      else { return nil }
    }
    return archive
  }

  private static func date(_ path: String) -> Date? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.modificationDate] as? Date
  }
}
