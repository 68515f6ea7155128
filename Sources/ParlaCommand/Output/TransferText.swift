import ParlaTraining

/// Describes what a training copied from another model.
enum TransferText {
  /// A line for the layers, one for each sort of labels, and one for the optimiser.
  static func lines(_ report: TransferReport) -> String {
    var lines = ["Starting from \(report.path)"]
    add("layers copied", report.layers.filter { $0.origin == .copied }.map(\.name))
    add("layers copied label by label", report.layers.filter { $0.origin == .remapped }.map(\.name))
    add("new layers", report.layers.filter { $0.origin == .new }.map(\.name))
    if let labels = report.labels {
      add("labels copied", [quoted(labels.copied)])
      add(
        "labels that start from a related one",
        labels.related.map { "\($0.label) from \($0.origin)" }
      )
      add("new labels", [quoted(labels.new)])
      add("labels dropped", [quoted(labels.dropped)])
    }
    lines.append("  the optimiser " + (report.keepsOptimizer ? "keeps its state" : "is reset"))
    if let path = report.assumedAlphabetPath {
      lines.append("  its files name no labels; they are taken to be those of \(path)")
    }
    if report.sharesFolder {
      lines.append(
        "  checkpoints are saved next to it in Parla's format; the same command resumes from them")
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
