/// Draws curves as pictures of their own.
package enum ChartFile {
  /// A point of a curve.
  package typealias Point = (x: Double, y: Double)

  /// Curves over `horizontalName` as SVG; nil when there is nothing to draw.
  package static func svg(
    title: String, horizontalName: String, curves: [(name: String, points: [Point])]
  ) -> String? {
    let colors = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh"]
    return LineChart(
      title: title, horizontalName: horizontalName,
      series: curves.enumerated().map { index, curve in
        LineChart.Series(
          name: curve.name, color: colors[index % colors.count],
          points: curve.points.map { ChartPoint(x: $0.x, y: $0.y) })
      }, isWide: true
    ).file
  }

  /// Several charts of one curve each below one another, as one SVG; nil when there is nothing to draw.
  package static func svg(
    title: String, charts: [(title: String, horizontalName: String, points: [Point])]
  ) -> String? {
    let drawings = charts.compactMap { chart in
      LineChart(
        title: chart.title, horizontalName: chart.horizontalName,
        series: [
          LineChart.Series(
            name: chart.title, color: "first",
            points: chart.points.map { ChartPoint(x: $0.x, y: $0.y) })
        ], digits: 0, isWide: true
      ).drawing
    }
    guard !drawings.isEmpty else { return nil }
    let parts = drawings.enumerated().map { index, drawing in
      "<g transform=\"translate(0 \(index * 240))\">\n\(drawing)\n</g>"
    }
    let height = 240 * drawings.count
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1074 \(height)" width="1074" height="\(height)">
      <title>\(escaped(title))</title>
      <style>\(LineChart.plainStyle(["first"]))</style>
      <rect width="100%" height="100%" fill="#ffffff"/>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }
}
