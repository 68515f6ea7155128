import Foundation
import ParlaFiles

/// Pictures of handwritten digits and what they are: `mnist`.
package struct MNISTSupplier: KurSupplier {
  package static let kind = "mnist"
  package static let settingOrder = ["labels", "images"]
  private let sources: StoredSources

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: ["labels", "images"])
    let images = try Self.array("images", settings, services)
    let labels = try Self.array("labels", settings, services)
    var sources = StoredSources()
    let scaled = images.values.map { Double(Float($0) / 255) }
    let mean = scaled.reduce(0, +) / Double(max(scaled.count, 1))
    try sources.add(
      "images",
      .array(KurArray(shape: images.shape + [1], values: scaled.map { $0 - mean })),
      path: settings.place)
    try sources.add(
      "labels", .array(OneHot.array(labels.values, classCount: 10, settings, "labels")),
      path: settings.place)
    self.sources = sources
  }

  private static func array(
    _ name: String, _ settings: KurSettings, _ services: KurServices
  ) throws -> IDXArray {
    let place: KurSettings
    if let path = settings[name]?.string {
      place = try KurSettings(
        .dictionary(PythonDictionary([(.string("path"), .string(path))])), path: settings.path,
        place: "\(settings.place).\(name)")
    } else {
      place = try settings.settings(name)
    }
    return try IDXArray(path: try DataPackage.find(place, services).path)
  }

  package var sourceNames: [String] { sources.names }
  package var count: Int { sources.count }
  package func batch(_ indices: [Int]) -> (columns: KurBatch, kept: [Int]) {
    sources.batch(indices)
  }
}

/// Small coloured pictures of ten kinds of things: `cifar`.
///
/// The archive as its authors give it, with pickles `data_batch_1` to `data_batch_5` and `test_batch`; `parts` names those that
/// count, by number or as `test`.
package struct CIFARSupplier: KurSupplier {
  package static let kind = "cifar"
  package static let settingOrder = ["url", "checksum", "path", "parts"]
  private let sources: StoredSources

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: DataPackage.settingNames + ["parts"])
    let archive = try DataPackage.find(settings, services).path
    let folder = try TemporaryFolder(path: archive + ".unpacked")
    let files = try services.unpack(archive, folder.path)
    let wanted = settings["parts"].map { $0.sequence ?? [$0] }?.map(\.text)
    var found: [String: String] = [:]
    for file in files {
      if file.fileName == "test_batch" { found["test"] = file }
      if let match = file.fileName.wholeMatch(of: /data_batch_([0-9]+)/) {
        found[String(match.1)] = file
      }
    }
    var pixels: [Double] = []
    var labels: [Double] = []
    for part in wanted ?? found.keys.filter({ $0 != "test" }).sorted() {
      guard let file = found[part] else {
        throw settings.problem(
          "parts", part, "some of " + found.keys.sorted().joined(separator: ", "))
      }
      // A batch has names of files too.
      let all = try PickledSources.sources(
        KurDataFile.content(file), path: file, names: ["data", "labels"])
      let batch = all.batch(Array(0..<all.count)).columns
      guard let data = batch["data"]?.array, let classes = batch["labels"]?.array else {
        throw KurError.badFile(path: file, found: "no data or labels", expected: "both")
      }
      pixels += data.values
      labels += classes.values
    }
    var sources = StoredSources()
    try sources.add(
      "images", .array(try Self.images(pixels, count: labels.count, archive)), path: archive)
    try sources.add(
      "labels", .array(OneHot.array(labels, classCount: 10, settings, "labels")), path: archive)
    self.sources = sources
  }

  /// [count, 32, 32, 3] of [count, 3 * 32 * 32], the mean of each pixel taken away, in units of 255.
  private static func images(
    _ pixels: [Double], count: Int, _ path: String
  ) throws(KurError) -> KurArray {
    let (channels, side) = (3, 32)
    let size = channels * side * side
    guard pixels.count == count * size, count > 0 else {
      throw .badFile(
        path: path, found: "\(pixels.count) numbers of \(count) pictures",
        expected: "\(size) of each")
    }
    var mean = [Double](repeating: 0, count: size)
    for (index, value) in pixels.enumerated() { mean[index % size] += value / Double(count) }
    var values = [Double](repeating: 0, count: pixels.count)
    for image in 0..<count {
      for pixel in 0..<size {
        let (channel, place) = pixel.quotientAndRemainder(dividingBy: side * side)
        values[image * size + place * channels + channel] =
          (pixels[image * size + pixel] - mean[pixel]) / 255
      }
    }
    return KurArray(shape: [count, side, side, channels], values: values)
  }

  package var sourceNames: [String] { sources.names }
  package var count: Int { sources.count }
  package func batch(_ indices: [Int]) -> (columns: KurBatch, kept: [Int]) {
    sources.batch(indices)
  }
}

/// Classes as rows with a one at the class's place.
enum OneHot {
  static func array(
    _ classes: [Double], classCount: Int, _ settings: KurSettings, _ name: String
  ) throws(KurError) -> KurArray {
    var values = [Double](repeating: 0, count: classes.count * classCount)
    for (index, number) in classes.enumerated() {
      guard let place = Int(exactly: number), (0..<classCount).contains(place) else {
        throw settings.problem(name, "the class \(number)", "0 to \(classCount - 1)")
      }
      values[index * classCount + place] = 1
    }
    return KurArray(shape: [classes.count, classCount], values: values)
  }
}
