import { createTheme } from "@mantine/core";

const TITLE = {
  // on a phone a title has two lines
  title: { fontSize: "var(--mantine-font-size-lg)", fontWeight: 650, lineHeight: 1.35 },
};

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 7, dark: 8 },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily:
    'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  components: {
    // colour alone does not distinguish a link from its text
    Anchor: { defaultProps: { underline: "always" } },
    Notification: {
      defaultProps: { closeButtonProps: { "aria-label": "Close" } },
      styles: { description: { color: "var(--mantine-color-dimmed)" } },
    },
    // the library's own is too pale on its background
    Alert: { styles: { label: { color: "var(--mantine-color-text)" } } },
    // a menu belongs to the page, as its landmarks say, and contains only its items
    Menu: { defaultProps: { portalProps: { target: "main" }, withInitialFocusPlaceholder: false } },
    // the page has one banner: the head of a dialog is none
    Modal: { defaultProps: { attributes: { header: { role: "none" } } }, styles: TITLE },
    Drawer: { defaultProps: { attributes: { header: { role: "none" } } }, styles: TITLE },
  },
  headings: { fontWeight: "650" },
});
