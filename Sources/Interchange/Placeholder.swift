import Store
enum InterchangePlaceholder {}
