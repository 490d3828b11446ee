/**
 * charts.js: draws the page's charts with uPlot, from the data that the page carries.
 * Runs on: a browser. Every chart has the same figures in a table beside it; without this script nothing is lost.
 */
;(function drawCharts() {
  const { uPlot, document, window } = globalThis
  const charts = []

  function colour(name) {
    return window.getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  }

  function formatNs(ns) {
    if (ns === null || ns === undefined) return '–'
    if (ns < 1e3) return `${Math.round(ns)} ns`
    if (ns < 1e6) return `${Number((ns / 1e3).toPrecision(3))} µs`
    if (ns < 1e9) return `${Number((ns / 1e6).toPrecision(3))} ms`
    return `${Number((ns / 1e9).toPrecision(3))} s`
  }

  function formatRate(value) {
    if (value === null || value === undefined) return '–'
    if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`
    if (value >= 1e3) return `${Number((value / 1e3).toPrecision(3))} k`
    return String(Number(value.toPrecision(3)))
  }

  const FORMATS = { ns: formatNs, rate: formatRate }

  /** Only the powers of ten of a logarithmic axis get a label. */
  function isPower(value) {
    const exponent = Math.log10(value)
    return Math.abs(exponent - Math.round(exponent)) < 1e-6
  }

  function optionsOf(data, width) {
    const format = FORMATS[data.format]
    const axis = { stroke: colour('--soft'), grid: { stroke: colour('--line') } }
    const labels = data.labels
    const xValues = labels
      ? (_, splits) => splits.map((at) => (Number.isInteger(at) ? (labels[at] ?? '') : ''))
      : (_, splits) => splits.map(formatRate)
    return {
      width,
      height: Math.max(260, Math.min(420, width * 0.55)),
      legend: { live: false },
      cursor: { drag: { x: false, y: false } },
      scales: {
        x: {
          time: false,
          range: (_, low, high) => [low - (high - low) * 0.03, high + (high - low) * 0.03],
        },
        y: data.log ? { distr: 3 } : { range: (_, low, high) => [0, high * 1.08] },
      },
      axes: [
        {
          ...axis,
          values: xValues,
          ...(labels ? { splits: () => labels.map((_, index) => index) } : {}),
          label: data.xLabel,
          labelSize: 24,
        },
        {
          ...axis,
          size: 72,
          values: (_, splits) => splits.map((at) => (!data.log || isPower(at) ? format(at) : '')),
        },
      ],
      series: [
        {},
        ...data.series.map((series, index) => ({
          label: series.label,
          stroke: colour(`--c${index % 8}`),
          width: 2,
          dash: index >= 8 ? [6, 4] : undefined,
          points: { show: true, size: 6 },
        })),
      ],
    }
  }

  function draw(chart) {
    chart.plot?.destroy()
    const { element, data } = chart
    const columns = [data.x, ...data.series.map(({ values }) => values)]
    chart.plot = new uPlot(optionsOf(data, element.clientWidth), columns, element)
  }

  for (const element of document.querySelectorAll('[data-chart]')) {
    const source = document.getElementById(element.dataset.chart)
    charts.push({ element, data: JSON.parse(source.textContent) })
  }
  const drawAll = () => charts.forEach(draw)
  drawAll()
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
  let pending = 0
  window.addEventListener('resize', () => {
    window.clearTimeout(pending)
    pending = window.setTimeout(drawAll, 100)
  })
})()
