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
}
