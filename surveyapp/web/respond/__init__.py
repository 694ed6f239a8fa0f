"""The public face: form, receipt and landing page. Light, and whole without JavaScript."""
