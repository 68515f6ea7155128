import Foundation
import ParlaFiles

/// Draws how losses and speed go: `plot`.
///
/// The ending of a path says what it is: PNG, PDF or PostScript by a program of the system, or SVG, which takes the place of all that
/// is not to be had.
package struct PlotHook: KurHook {
  package static let kind = "plot"

  private enum Picture: String, CaseIterable {
    case lossPerBatch = "loss_per_batch"
    case lossPerTime = "loss_per_time"
    case throughputPerTime = "throughput_per_time"
  }

  private let paths: [(picture: Picture, path: String)]
  private let services: KurServices

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: Picture.allCases.map(\.rawValue))
    var paths: [(Picture, String)] = []
    for picture in Picture.allCases {
      guard let path = try settings.file(picture.rawValue) else { continue }
      paths.append((picture, path))
    }
    self.paths = Self.drawn(paths, settings, services)
    self.services = services
  }

  package func notify(_ event: KurEvent, _ log: KurLog) throws {
    guard [.trainingEnd, .validationEnd, .epochEnd].contains(event.kind) else { return }
    for (picture, path) in paths {
      guard let (title, axis, curves) = Self.curves(picture, log),
        let drawing = services.chart(title, axis, curves)
      else { continue }
      let ending = path.fileExtension.lowercased()
      try AtomicFile.write(
        ending == "svg"
          ? Data(drawing.utf8) : PictureProgram.picture(of: drawing, ending: ending), to: path)
    }
  }

  /// `paths` as they can be drawn here.
  private static func drawn(
    _ paths: [(Picture, String)], _ settings: KurSettings, _ services: KurServices
  ) -> [(picture: Picture, path: String)] {
    let foreign = paths.filter { $0.1.fileExtension.lowercased() != "svg" }
    let canConvert = !foreign.isEmpty && PictureProgram.isThere
    return paths.map { picture, path in
      let ending = path.fileExtension.lowercased()
      if ending == "svg" || canConvert && PictureProgram.endings.contains(ending) {
        return (picture, path)
      }
      let drawn = path.withoutExtension + ".svg"
      let reason =
        PictureProgram.endings.contains(ending)
        ? PictureProgram.advice
        : "found the ending \(ending), expected svg, \(PictureProgram.endings.joined(separator: ", "))"
      services.note("\(settings.place): \(drawn) is drawn in the place of \(path): \(reason).")
      return (picture, drawn)
    }
  }

  private static func curves(
    _ picture: Picture, _ log: KurLog
  ) -> (title: String, axis: String, curves: [ChartCurve])? {
    let kind: KurLog.Kind = log.column(.batch, "total") == nil ? .training : .batch
    guard let losses = log.column(kind, "total") else { return nil }
    switch picture {
    case .lossPerBatch: return ("Loss", "batch", lossCurves(log, kind, losses, over: "batch"))
    case .lossPerTime:
      return ("Loss", "minutes", lossCurves(log, kind, losses, over: "time"))
    case .throughputPerTime:
      guard let times = log.column(kind, "time"), let batches = log.column(kind, "batch"),
        times.count > 1
      else { return nil }
      let points = times.indices.dropFirst().compactMap { index -> ChartCurve.Point? in
        let seconds = times[index] - times[index - 1]
        guard seconds > 0 else { return nil }
        let count = batches[index] - batches[index - 1]
        return .init(x: times[index] / 60, y: count / seconds)
      }
      return ("Batches a second", "minutes", [ChartCurve("Batches a second", points)])
    }
  }

  private static func lossCurves(
    _ log: KurLog, _ kind: KurLog.Kind, _ losses: [Double], over axis: String
  ) -> [ChartCurve] {
    func points(_ places: [Double]?, _ losses: [Double]) -> [ChartCurve.Point] {
      let scale = axis == "time" ? 60.0 : 1
      return zip(places ?? losses.indices.map { Double($0 + 1) }, losses)
        .map { .init(x: $0 / scale, y: $1) }
    }
    var curves = [ChartCurve("Training loss", points(log.column(kind, axis), losses))]
    let sets = log.validationSets
    // A single set needs no mean.
    for set in [nil] + (sets.count > 1 ? sets.map { $0 } : []) as [String?] {
      guard let losses = log.column(.validation, set: set, "total") else { continue }
      let name = sets.count > 1 ? ": \(set ?? "overall")" : ""
      curves.append(
        ChartCurve(
          "Validation loss" + name, points(log.column(.validation, set: set, axis), losses)))
    }
    return curves
  }
}
