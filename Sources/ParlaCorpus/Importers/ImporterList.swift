import ParlaTranscripts

/// The corpora that can be imported.
public enum ImporterList {
  /// All importers, by name.
  public static let all: [any CorpusImporter] = [
    AsteriskImporter(), FilletsImporter(), TuxPaintImporter(),
  ]

  /// The importer called `name`.
  ///
  /// - Throws: `CorpusError.unknownImporter` with the nearest name.
  public static func named(_ name: String) throws(CorpusError) -> any CorpusImporter {
    if let importer = all.first(where: { $0.name == name.lowercased() }) { return importer }
    throw .unknownImporter(name: name, nearest: nearest(to: name), known: all.map(\.name))
  }

  /// The name that is at most half rewritten when `name` is corrected to it.
  private static func nearest(to name: String) -> String? {
    let distances = all.map { importer in
      let distance = EditDistance.between(Array(name.lowercased()), Array(importer.name))
      return (name: importer.name, distance: distance)
    }
    let best = distances.min { $0.distance < $1.distance }
    return best.flatMap { 2 * $0.distance <= $0.name.count ? $0.name : nil }
  }
}
