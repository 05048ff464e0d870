//! Users, products and purchases, made up.
