create or replace package dbms_sql authid current_user is
   v6     constant integer := 0;
   native constant integer := 1;
   v7     constant integer := 2;

   type desc_rec is record (
      col_type            binary_integer := 0,
      col_max_len         binary_integer := 0,
      col_name            varchar2(32)   := '',
      col_name_len        binary_integer := 0,
      col_schema_name     varchar2(32)   := '',
      col_schema_name_len binary_integer := 0,
      col_precision       binary_integer := 0,
      col_scale           binary_integer := 0,
      col_charsetid       binary_integer := 0,
      col_charsetform     binary_integer := 0,
      col_null_ok         boolean        := true
   );
   type desc_tab is table of desc_rec index by binary_integer;
   type desc_rec2 is record (
      col_type            binary_integer := 0,
      col_max_len         binary_integer := 0,
      col_name            varchar2(32767) := '',
      col_name_len        binary_integer := 0,
      col_schema_name     varchar2(32)   := '',
      col_schema_name_len binary_integer := 0,
      col_precision       binary_integer := 0,
      col_scale           binary_integer := 0,
      col_charsetid       binary_integer := 0,
      col_charsetform     binary_integer := 0,
      col_null_ok         boolean        := true
   );
   type desc_tab2 is table of desc_rec2 index by binary_integer;
   type number_table is table of number index by binary_integer;
   type varchar2_table is table of varchar2(4000) index by binary_integer;
   type date_table is table of date index by binary_integer;
   type varchar2s is table of varchar2(256) index by binary_integer;
   type varchar2a is table of varchar2(32767) index by binary_integer;

   function open_cursor return integer;
   function is_open(c in integer) return boolean;
   procedure close_cursor(c in out integer);
   procedure parse(c in integer, statement in varchar2, language_flag in integer);
   procedure parse(c in integer, statement in clob, language_flag in integer);
   procedure bind_variable(c in integer, name in varchar2, value in number);
   procedure bind_variable(c in integer, name in varchar2, value in varchar2);
   procedure bind_variable(c in integer, name in varchar2, value in varchar2, out_value_size in integer);
   procedure bind_variable(c in integer, name in varchar2, value in date);
   procedure bind_variable(c in integer, name in varchar2, value in timestamp_unconstrained);
   procedure bind_variable(c in integer, name in varchar2, value in timestamp_tz_unconstrained);
   procedure bind_variable(c in integer, name in varchar2, value in clob);
   procedure bind_variable(c in integer, name in varchar2, value in blob);
   procedure bind_variable_raw(c in integer, name in varchar2, value in raw);
   procedure bind_variable_char(c in integer, name in varchar2, value in varchar2);
   procedure bind_array(c in integer, name in varchar2, n_tab in number_table);
   procedure bind_array(c in integer, name in varchar2, c_tab in varchar2_table);
   procedure bind_array(c in integer, name in varchar2, d_tab in date_table);
   procedure define_column(c in integer, position in integer, column in number);
   procedure define_column(c in integer, position in integer, column in varchar2, column_size in integer);
   procedure define_column(c in integer, position in integer, column in date);
   procedure define_column(c in integer, position in integer, column in timestamp_unconstrained);
   procedure define_column(c in integer, position in integer, column in timestamp_tz_unconstrained);
   procedure define_column(c in integer, position in integer, column in clob);
   procedure define_column(c in integer, position in integer, column in blob);
   procedure define_column_raw(c in integer, position in integer, column in raw, column_size in integer);
   function execute(c in integer) return integer;
   function execute_and_fetch(c in integer, exact in boolean default false) return integer;
   function fetch_rows(c in integer) return integer;
   procedure column_value(c in integer, position in integer, value out number);
   procedure column_value(c in integer, position in integer, value out varchar2);
   procedure column_value(c in integer, position in integer, value out date);
   procedure column_value(c in integer, position in integer, value out timestamp_unconstrained);
   procedure column_value(c in integer, position in integer, value out timestamp_tz_unconstrained);
   procedure column_value(c in integer, position in integer, value out clob);
   procedure column_value(c in integer, position in integer, value out blob);
   procedure column_value_raw(c in integer, position in integer, value out raw);
   procedure variable_value(c in integer, name in varchar2, value out number);
   procedure variable_value(c in integer, name in varchar2, value out varchar2);
   procedure variable_value(c in integer, name in varchar2, value out date);
   procedure variable_value(c in integer, name in varchar2, value out timestamp_unconstrained);
   procedure variable_value(c in integer, name in varchar2, value out clob);
   procedure describe_columns(c in integer, col_cnt out integer, desc_t out desc_tab);
   procedure describe_columns2(c in integer, col_cnt out integer, desc_t out desc_tab2);
   function last_row_count return integer;
   function to_refcursor(cursor_number in out integer) return sys_refcursor;
   function to_cursor_number(rc in out sys_refcursor) return integer;
   procedure return_result(rc in out sys_refcursor, to_client in boolean default true);
   -- declared, and refused when called
   procedure define_array(c in integer, position in integer, n_tab in number_table, cnt in integer, lower_bound in integer);
   function last_error_position return integer;
   function last_sql_function_code return integer;
   procedure return_result(rc in out integer, to_client in boolean default true);
end dbms_sql;
/
