import ParlaTraining

/// Says what a training took over from another model.
enum TransferText {
  /// A line for the layers, one for each sort of labels, and one for the optimiser.
  static func lines(_ report: TransferReport) -> String {
    var lines = ["Starting from \(report.path)"]
    add("layers taken over", report.layers.filter { $0.origin == .takenOver }.map(\.name))
    add("taken over label by label", report.layers.filter { $0.origin == .remapped }.map(\.name))
    add("layers that start anew", report.layers.filter { $0.origin == .new }.map(\.name))
    if let labels = report.labels {
      add("labels taken over", [quoted(labels.takenOver)])
      add(
        "labels that start as their relatives", labels.related.map { "\($0.label) as \($0.origin)" }
      )
      add("labels that start anew", [quoted(labels.new)])
      add("labels left behind", [quoted(labels.leftBehind)])
    }
    lines.append("  the optimiser " + (report.keepsOptimizer ? "goes on" : "starts anew"))
    if let path = report.assumedAlphabetPath {
      lines.append("  its files name no labels; they are taken to be those of \(path)")
    }
    if report.isBeside {
      lines.append(
        "  checkpoints are saved beside it in Parla's format; the same command resumes from them")
    }
    return lines.joined(separator: "\n")

    func add(_ what: String, _ names: [String]) {
      let names = names.filter { !$0.isEmpty }
      if !names.isEmpty { lines.append("  \(what): \(names.joined(separator: ", "))") }
    }
  }

  private static func quoted(_ labels: [String]) -> String {
    labels.isEmpty ? "" : "\"\(labels.joined())\""
  }
}
